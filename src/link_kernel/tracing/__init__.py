"""Traces by OpenTelemetry, where a collector is named (docs/tracing.md).

active      the spans of this process, or `None`: all that hot paths look at
exporting   reads the environment, and sends the spans while a service serves
otlp        the SDK and its exporter; imported only then, as `spans` is
spans       makes spans of closed words: no value, key, contact or token
requests    a span of each request, and whose trace it goes on
upstream    a span of each call of another service
"""
