"""Static files for years of caching: names carry the content's hash, in our ES modules' imports too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """WhiteNoise's compressed files; modules import each other by hashed name, without an import map."""

    support_js_module_import_aggregation = True
    # Of our own scripts only: htmx's extensions write imports in comments, which Django takes for real.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
