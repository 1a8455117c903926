import { html } from "../html.js";
import { Icon } from "../icons.js";

/**
 * A column: `cell` draws it, the first one is the row's heading. With `sort`, its heading sorts by that name.
 * @template Row
 * @typedef {{name: string, label: any, cell: (row: Row) => any, sort?: string, right?: boolean, hidden?: boolean, key?: string}} Column
 */

/**
 * A table. Up, Down, Home and End move between the links of its rows.
 * @template Row
 * @param {{caption: string, columns: Column<Row>[], rows: Row[], id: (row: Row) => string | number,
 *   sort?: string, onSort?: (sort: string) => void, cards?: boolean}} props `sort` is the name of a column's sort, with - before it
 *   for descending; with `cards`, each row is a card on narrow screens
 */
export function Table({ caption, columns, rows, id, sort, onSort, cards = false }) {
  return html`<div class=${cards ? "table-frame cards" : "table-frame"} tabindex="0" role="region" aria-label=${caption}>
    <table class="table" onKeyDown=${onKeyDown}>
      <caption class="sr-only">${caption}</caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<${Heading} key=${column.name} column=${column} sort=${sort} onSort=${onSort} />`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr key=${id(row)}>
              ${columns.map((column, place) =>
                place === 0
                  ? html`<th key=${column.name} scope="row">${column.cell(row)}</th>`
                  : html`<td key=${column.name} class=${column.right ? "right" : ""} data-label=${cards ? column.label : undefined}>${column.cell(row)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * @template Row
 * @param {{column: Column<Row>, sort: string | undefined, onSort: ((sort: string) => void) | undefined}} props
 */
function Heading({ column, sort, onSort }) {
  const kind = column.right ? "right" : "";
  if (column.sort === undefined || onSort === undefined) {
    const text = column.hidden ? html`<span class="sr-only">${column.label}</span>` : column.label;
    return html`<th scope="col" class=${kind}>${text}</th>`;
  }
  const { order, button } = sorting(column.sort, column.label, sort, onSort);
  return html`<th scope="col" class=${kind} aria-sort=${order}>${button}</th>`;
}

/**
 * What the heading of a column has that sorts: `aria-sort`, and the button for it.
 * @param {string} name
 * @param {any} label
 * @param {string | undefined} sort by which name the table is sorted, with - before it for descending
 * @param {(sort: string) => void} onSort
 */
export function sorting(name, label, sort, onSort) {
  const down = sort === `-${name}`;
  const here = down || sort === name;
  const button = html`<button type="button" class="sort" onClick=${() => onSort(here && !down ? `-${name}` : name)}>
    ${label}${here && html`<${Icon} name=${down ? "down" : "up"} />`}
  </button>`;
  return { order: here ? (down ? "descending" : "ascending") : "none", button };
}

/** @param {KeyboardEvent & {currentTarget: HTMLElement}} event */
function onKeyDown(event) {
  const links = [...event.currentTarget.querySelectorAll("tbody th a:not(.tag)")].filter((link) => link instanceof HTMLElement);
  const row = event.target instanceof Element ? event.target.closest("tr") : null;
  const here = links.findIndex((link) => row?.contains(link));
  const moves = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 };
  if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
  const next = links[moves[/** @type {keyof typeof moves} */ (event.key)]];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
