"""A room's messages over HTTP."""

import json
import urllib.error
import urllib.request

ANSWER_SECONDS_MAX = 5


def get(url, path, token=None):
    """(status, JSON) of a GET from the instance with this WebSocket URL; 503 where nobody answers."""
    base = url.replace("ws", "http", 1).removesuffix("/ws")
    request = urllib.request.Request(base + path)
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError as error:
        return 503, {"error": str(error)}


def read_history(options, tell):
    """Tells of all messages after the position, or of all that are kept, and of each page. Returns the exit code."""
    url = next((url for url in options.url if get(url, "/readyz")[0] == 200), options.url[0])
    token = options.token[0] if options.token else None
    position, top = options.after, None
    while top is None or position != top:
        after = "" if position is None else f"&after={position['epoch']}:{position['seq']}"
        status, page = get(url, f"/rooms/{options.room}/messages?guest={options.guest}{after}", token)
        if status != 200:
            tell({"type": "failed", "status": status, **page})
            return 1
        for message in page.pop("messages"):
            tell(message)
        tell({"type": "page", "url": url, **page})
        position, top = page["position"], page["top"]
    return 0
