FROM python:3.13-slim AS build
COPY . /src
RUN pip install --no-cache-dir --prefix=/install "/src[speed,secrets,oauth]"

FROM python:3.13-slim
COPY --from=build /install /usr/local
RUN install --directory --owner=10001 /data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/api/method/ping'); raise SystemExit(c.getresponse().status >= 500)"]
ENTRYPOINT ["frappe-lite"]
CMD ["serve", "--host", "0.0.0.0", "--database", "/data/site.db"]
