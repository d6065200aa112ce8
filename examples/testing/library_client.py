"""A client library as anybody may have one: it knows a Frappe site by its URL, and nothing of frappe_lite."""

import time
import uuid

import requests


class LibraryClient:
    """Lends books over REST. Tries again when the server is busy or the connection breaks, without lending twice."""

    def __init__(self, url, key, secret, tries=3, wait=time.sleep):
        self.url, self.tries, self.wait = url, tries, wait
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"token {key}:{secret}"

    def lend(self, book, member):
        return self._post("/api/resource/Loan", {"book": book, "member": member})["data"]["name"]

    def _post(self, path, body):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        for left in reversed(range(self.tries)):
            try:
                response = self.session.post(self.url + path, json=body, headers=headers, timeout=5)
            except (requests.ConnectionError, requests.Timeout):
                if not left:
                    raise
                self.wait(1)
                continue
            if response.status_code != 503 or not left:
                response.raise_for_status()
                return response.json()
            self.wait(int(response.headers.get("Retry-After", 1)))
