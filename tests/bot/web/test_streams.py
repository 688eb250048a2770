"""Streams of events: the latest state of each thing, whoever reads how slowly."""

import asyncio
import json

from bot.web.streams import MOST_STREAMS, MOST_WAITING, Streams


async def read(streams: Streams, visitor_id: str) -> str:
    """All that a new stream gets until the streams are closed."""
    return "".join([text async for text in streams.open(visitor_id).chunks(10)])


async def test_a_stream_that_nobody_reads_keeps_the_latest_of_each_thing() -> None:
    streams = Streams()
    stream = streams.open("mei")
    for number in range(1000):
        streams.send("mei", "article", str(number % 3), number=number)
        streams.send("tom", "article", "0", number=-1)
    chunks = stream.chunks(10)
    events = [json.loads(line[6:]) for line in (await anext(chunks)).splitlines() if line.startswith("data: ")]
    assert sorted(event["number"] for event in events) == [997, 998, 999]
    streams.close()
    assert [text async for text in chunks] == []


async def test_a_stream_with_too_many_things_is_told_to_load_the_page() -> None:
    streams = Streams()
    stream = streams.open("mei")
    for number in range(3 * MOST_WAITING):
        streams.send("mei", "article", str(number))
    assert await anext(stream.chunks(10)) == "event: reload\ndata: {}\n\n"


async def test_silence_is_broken_by_a_comment() -> None:
    assert await anext(Streams().open("mei").chunks(0.01)) == ": \n\n"


async def test_one_more_stream_than_allowed_ends_the_oldest() -> None:
    streams = Streams()
    opened = [streams.open("mei") for _ in range(MOST_STREAMS + 1)]
    assert [text async for text in opened[0].chunks(10)] == []
    assert streams.watched("mei")
    for stream in opened:
        streams.forget("mei", stream)
    assert not streams.watched("mei")


async def test_closing_ends_the_streams_and_those_that_come_later() -> None:
    streams = Streams()
    reading = asyncio.create_task(read(streams, "mei"))
    await asyncio.sleep(0)
    streams.close()
    assert await asyncio.wait_for(reading, 1) == ""
    assert await read(streams, "tom") == ""
