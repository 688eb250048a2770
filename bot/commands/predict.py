"""`/predict`: classify a picture."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, RunId, UploadedFile, command


@command(buttons=("without", "why", "train"), typed="/predict image:path/to/shoe.png", order=4)
async def predict(classroom: Classroom, request: Request, *, image: UploadedFile, run: RunId | None = None) -> Answer:
    """Class and confidence by a run; without any run the offer to train."""
    return await classroom.predict(request.learner, await image.read(), run)
