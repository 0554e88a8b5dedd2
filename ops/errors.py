"""The one error that reaches an operator: a sentence, and a non-zero exit."""


class OpsError(Exception):
    """Something that an operator can act on; the text is one sentence that names the field, the file, the line or the setting."""


def sentence(error: BaseException, limit: int = 300) -> str:
    """An error of somebody else's as one line, its kind first where it says nothing by itself."""
    text = " ".join(str(error).split())
    return text[:limit] if text else type(error).__name__
