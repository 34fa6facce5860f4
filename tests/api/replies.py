# SPDX-License-Identifier: ISC
"""Replies of loc-serve, as status and text, that are the same everywhere."""
import json


def error(status, domain, reason, message, details=None):
    """Status and text of an error reply."""
    body = {"error": {"errors": [{"domain": domain, "reason": reason,
                                  "message": message}],
                      "code": status, "message": message}}
    if details:
        body["details"] = details
    return status, json.dumps(body, separators=(",", ":"))


def parse_error(details=None):
    return error(400, "global", "parseError", "Parse Error", details)


NOT_FOUND = error(404, "geolocation", "notFound", "Not found")
