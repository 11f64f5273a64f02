"""Builds the OpenAPI 3.1 document of an API: operations with all their responses and errors."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

from pydantic import BaseModel

from link_kernel.contract.json_schema import DIALECT, definitions
from link_kernel.contract.operations import (
    JSON_TYPE,
    NO_STORE,
    ApiDescription,
    Operation,
    Parameter,
    ResponseSpec,
    Schema,
)
from link_kernel.errors import ApiError, UseDpopNonce

Json = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/{model}"
_VERSION: Final = "1"
_REQUEST_ID: Final = {"X-Request-Id": "Names this call in our logs."}
_RETRY_AFTER: Final = {"Retry-After": "Seconds to wait before the next try."}
_CHALLENGE: Final = {"WWW-Authenticate": "What a credential must be."}
_NONCE: Final = {"DPoP-Nonce": "To be put into the next proof."}


def openapi(api: ApiDescription) -> Json:
    """Return the document; `servers` is relative, because the host depends on the deployment."""
    paths: dict[str, Json] = {}
    for operation in api.operations:
        described = _operation(api, operation)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    components: Json = {"schemas": definitions(api.wire_types().values(), ref_template=_COMPONENTS)}
    schemes = _schemes(api)
    if schemes:
        components["securitySchemes"] = schemes
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": api.title,
            "description": api.description,
            "version": _VERSION,
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    }


def _schemes(api: ApiDescription) -> Json:
    shown = [credential for op in api.operations for credential in op.credentials]
    return {name: scheme for credential in shown for name, scheme in credential.schemes.items()}


def _operation(api: ApiDescription, operation: Operation) -> Json:
    described: Json = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "responses": _responses(api, operation),
    }
    parameters = _parameters(operation)
    if parameters:
        described["parameters"] = parameters
    if operation.takes_body:
        described["requestBody"] = _request_body(operation)
    names = [name for credential in operation.credentials for name in credential.names]
    if names:
        described["security"] = [{name: []} for name in names]
        if operation.is_open:
            described["security"].append({})
    return described


def _operation_id(operation: Operation) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in operation.path).split()
    return operation.method.lower() + "".join(word.capitalize() for word in words)


def _parameters(operation: Operation) -> list[Json]:
    with_credentials = [one for shown in operation.credentials for one in shown.headers]
    every = {(p.where, p.name): p for p in (*with_credentials, *operation.parameters)}
    return [_parameter(every[place]) for place in sorted(every)]


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required,
        "schema": parameter.schema,
    }


def _request_body(operation: Operation) -> Json:
    request = operation.request
    if request is None:
        schema: Schema = {"type": "object", "additionalProperties": False}
    else:
        schema = _ref(request) if isinstance(request, type) else request
    return {
        "required": not operation.takes_empty_body,
        "content": {media_type: {"schema": schema} for media_type in operation.media_types},
    }


def _responses(api: ApiDescription, operation: Operation) -> Json:
    found = {str(int(answer.status)): _success(answer) for answer in operation.answers}
    refusals = sorted(api.refusals_of(operation), key=lambda one: one.status)
    for status, group in groupby(refusals, key=lambda one: one.status):
        found[str(int(status))] = _refused(status, list(group))
    return found


def _success(answer: ResponseSpec) -> Json:
    content = _content(answer)
    if answer.in_envelope:
        content = _object({"success": {"const": True}, "data": content})
    return {
        "description": answer.description,
        "headers": _headers(_REQUEST_ID | dict(answer.headers)),
        "content": {JSON_TYPE: {"schema": content}},
    }


def _content(answer: ResponseSpec) -> Json:
    if answer.content is None:
        return {"type": "object"}
    one = _ref(answer.content) if isinstance(answer.content, type) else dict(answer.content)
    return {"type": "array", "items": one} if answer.is_list else one


def _refused(status: HTTPStatus, refusals: list[type[ApiError]]) -> Json:
    """Return the response object for the errors of one status, which clients tell by `code`."""
    meant = " ".join(f"`{one.code}`: {(one.__doc__ or '').splitlines()[0]}" for one in refusals)
    error = _object(
        {
            "code": {"type": "string", "enum": [one.code for one in refusals]},
            "message": {"type": "string"},
            "retryable": _one_of({one.retryable for one in refusals}),
        }
    )
    actions = {one.action for one in refusals if one.action}
    if actions:
        error["properties"]["action"] = {"type": "string", "enum": sorted(actions)}
    error["properties"]["details"] = {"type": "object"}
    return {
        "description": meant,
        "headers": _headers(_refusal_headers(status, refusals)),
        "content": {JSON_TYPE: {"schema": _object({"success": {"const": False}, "error": error})}},
    }


def _refusal_headers(status: HTTPStatus, refusals: Iterable[type[ApiError]]) -> dict[str, str]:
    headers = _REQUEST_ID | NO_STORE
    if status == HTTPStatus.UNAUTHORIZED:
        headers |= _CHALLENGE
        return headers | _NONCE if UseDpopNonce in refusals else headers
    return headers | _RETRY_AFTER if all(one.retryable for one in refusals) else headers


def _one_of(values: set[bool]) -> Json:
    return {"type": "boolean"} if len(values) > 1 else {"const": values.pop()}


def _object(properties: Mapping[str, Schema]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
    }


def _headers(described: Mapping[str, str]) -> Json:
    return {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in described.items()
    }


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": _COMPONENTS.format(model=model.__name__)}
