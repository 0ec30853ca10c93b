import re
from io import StringIO

from django.core.management import call_command


def test_modules_import_each_other_by_hashed_name(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "atharva.web.storage.HashedFiles"},
    }
    call_command("collectstatic", interactive=False, verbosity=0, stdout=StringIO())
    (app,) = [
        file for file in (tmp_path / "js").glob("app.*.js") if re.fullmatch(r"app\.\w{12}\.js", file.name)
    ]
    imported = re.findall(r'import\s*"\./(.+?)"', app.read_text())
    assert len(imported) >= 10
    for name in imported:
        assert re.fullmatch(r"[\w-]+\.\w{12}\.js", name)
        assert (tmp_path / "js" / name).is_file()
