"""`[metrics]` of an answer file: where the points of the host go. Only the shape is stated here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bedplate.config.table import SecretText, Table

Port = Annotated[int, Field(ge=1, le=65535)]
Mtu = Annotated[int, Field(ge=512, le=65536)]


class GraphiteTable(Table):
    """`metrics.graphite.NAME`: a Graphite server."""

    REQUIRED = ("server",)

    server: str | None = Field(None, description="name or address of the server")
    port: Port | None = Field(None, description="its port")
    path: str | None = Field(None, description="first part of the names of all points")
    proto: Literal["udp", "tcp"] | None = Field(None, description="how points are sent")
    mtu: Mtu | None = Field(None, description="largest UDP packet in bytes")
    timeout: int | None = Field(None, ge=0, le=10, description="patience of TCP in seconds")
    disable: bool | None = Field(None, description="keep the server, and send it nothing")


class InfluxDbTable(Table):
    """`metrics.influxdb.NAME`: an InfluxDB server."""

    REQUIRED = ("server",)

    server: str | None = Field(None, description="name or address of the server")
    port: Port | None = Field(None, description="its port")
    proto: Literal["udp", "http", "https"] | None = Field(None, description="how points are sent")
    organization: str | None = Field(None, description="the organization, over HTTP")
    bucket: str | None = Field(None, description="the bucket or database, over HTTP")
    token: SecretText | None = Field(None, description="what may write to the bucket")
    mtu: Mtu | None = Field(None, description="largest UDP packet in bytes")
    timeout: int | None = Field(None, ge=1, le=60, description="patience of HTTP in seconds")
    max_body_size: int | None = Field(
        None, ge=1, le=2**31 - 1, description="largest HTTP request in bytes"
    )
    verify_certificate: bool | None = Field(
        None, description="whether the server's certificate must be valid"
    )
    api_path_prefix: str | None = Field(
        None, description="what stands before /api/v2 on the server"
    )
    disable: bool | None = Field(None, description="keep the server, and send it nothing")


class MetricsTable(Table):
    """`[metrics]`: servers by name."""

    graphite: dict[str, GraphiteTable] = Field({}, description="a Graphite server, by its name")
    influxdb: dict[str, InfluxDbTable] = Field({}, description="an InfluxDB server, by its name")
