"""What a token is narrowed to, where only the service knows which model a request is for."""

from app.errors import ForbiddenError
from app.values.account import Scope


def require_model(scope: Scope, model: str) -> None:
    """Raise ForbiddenError unless a model may be asked."""
    if not scope.allows(model):
        mine = ", ".join(sorted(scope.models))
        raise ForbiddenError(
            f"this token may ask {mine}, and not {model[:100]!r}; ask an admin for one that may",
            models=sorted(scope.models),
        )
