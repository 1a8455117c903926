const data = document.getElementById("app")?.dataset ?? {};

/** Who is signed in, as the server wrote it into the document. */
export const who = {
  name: data.name ?? "",
  scope: data.scope ?? "viewer",
  project: data.project ?? "",
  version: data.version ?? "",
  /** Whether the server writes Parquet. */
  parquet: data.parquet !== undefined,
};

/** Whether this person may change studies; the server decides, this only hides what it would refuse. */
export const mayWrite = who.scope === "admin" || who.scope === "user";
