from trainings import compilations

__all__ = ["compilations"]
