#include "program.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

/// What requirements.txt, pyproject.toml and package.json ask for. pip installs from a folder of
/// wheels that the test makes; npm from a folder and from its registry.
class CliDependenciesTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_program = std::make_unique<Program>();
        m_program->setVariable(QStringLiteral("PIP_NO_INDEX"), QStringLiteral("1"));
        m_program->setVariable(QStringLiteral("PIP_FIND_LINKS"),
                               m_program->path(QStringLiteral("wheels")));
        m_program->write(QStringLiteral("wheels/README"), "wheels\n");
        m_program->write(QStringLiteral("fn/main.py"), "import ewgreeting\n"
                                                       "def handler(event, context):\n"
                                                       "    return ewgreeting.WORD\n");
    }

    void pipInstallsOnceAndForAll()
    {
        makeWheel("1.0");
        m_program->write(QStringLiteral("fn/requirements.txt"), "ewgreeting==1.0  # a comment\n");
        const Run first = invoke();
        QVERIFY2(first.exit == 0, first.err);
        QCOMPARE(first.out, QByteArray("\"hello 1.0\"\n"));
        QVERIFY2(first.err.contains("Installing what requirements.txt asks for"), first.err);
        QVERIFY2(first.err.contains("Successfully installed ewgreeting-1.0"), first.err);
        QVERIFY(!QFile::exists(m_program->path(QStringLiteral("fn/ewgreeting.py"))));
        // Offline, and for another function that asks for the same.
        QVERIFY(QDir(m_program->path(QStringLiteral("wheels"))).removeRecursively());
        m_program->write(QStringLiteral("other/main.py"), "from main2 import handler\n");
        m_program->write(QStringLiteral("other/main2.py"),
                         "import ewgreeting\n"
                         "def handler(event, context):\n    return 'other ' + ewgreeting.WORD\n");
        m_program->write(QStringLiteral("other/requirements.txt"),
                         "ewgreeting==1.0  # a comment\n");
        const Run second =
            m_program->run({QStringLiteral("invoke"), QStringLiteral("other"),
                            QStringLiteral("--handler"), QStringLiteral("main2.handler")});
        QVERIFY2(second.exit == 0, second.err);
        QCOMPARE(second.out, QByteArray("\"other hello 1.0\"\n"));
        QVERIFY2(!second.err.contains("Installing"), second.err);
    }

    void aProjectFileIsReadToo()
    {
        makeWheel("2.0");
        m_program->write(QStringLiteral("fn/pyproject.toml"),
                         "[project]\nname = \"x\"\ndependencies = [\n  \"ewgreeting>=1.5\",\n]\n");
        const Run run = invoke();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("\"hello 2.0\"\n"));
    }

    void whatFailsIsSaidAndNotKept()
    {
        m_program->write(QStringLiteral("fn/requirements.txt"), "ewgreeting\n");
        const Run failed = invoke();
        QVERIFY2(failed.exit != 0, failed.err);
        QVERIFY2(failed.err.contains("No matching distribution found for ewgreeting"), failed.err);
        QVERIFY2(failed.err.contains("python3-pip"), failed.err);
        makeWheel("1.0");
        const Run mended = invoke();
        QVERIFY2(mended.exit == 0, mended.err);
        QCOMPARE(mended.out, QByteArray("\"hello 1.0\"\n"));
    }

    void withoutPipThePackageIsNamed()
    {
        m_program->write(QStringLiteral("hidden/pip.py"), "raise ImportError('no pip')\n");
        m_program->setVariable(QStringLiteral("PYTHONPATH"),
                               m_program->path(QStringLiteral("hidden")));
        m_program->write(QStringLiteral("fn/requirements.txt"), "ewgreeting\n");
        const Run run = invoke();
        QVERIFY(run.exit != 0);
        QVERIFY2(run.err.contains("has no pip: install the package python3-pip"), run.err);
    }

    void whatTheInterpreterHasIsNotInstalled()
    {
        m_program->write(QStringLiteral("fn/requirements.txt"),
                         "pip\nnone; python_version < '3'\n");
        m_program->write(QStringLiteral("fn/main.py"),
                         "def handler(event, context):\n    return 1\n");
        const Run run = invoke();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("1\n"));
    }

    void aVirtualEnvironmentIsUsedAsItIs()
    {
        m_program->write(QStringLiteral("fn/requirements.txt"), "ewgreeting\n");
        m_program->write(QStringLiteral("fn/venv/pyvenv.cfg"), "home = /usr/bin\n");
        m_program->write(QStringLiteral("fn/venv/lib/python3.11/site-packages/ewgreeting.py"),
                         "WORD = 'from the environment'\n");
        QVERIFY(QFile::link(QStringLiteral("/usr/bin/python3"),
                            m_program->path(QStringLiteral("fn/venv/python"))));
        const Run run = invoke();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("\"from the environment\"\n"));
    }

    void npmInstallsForBothKindsOfModules_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("source");
        QTest::newRow("require") << QStringLiteral("index.js")
                                 << QByteArray("const n = require('is-number');\n"
                                               "const w = require('ew-word');\n"
                                               "exports.handler = async () => [n(7), w];\n");
        QTest::newRow("import") << QStringLiteral("index.mjs")
                                << QByteArray(
                                       "import n from 'is-number';\nimport w from 'ew-word';\n"
                                       "export const handler = async () => [n(7), w];\n");
    }

    void npmInstallsForBothKindsOfModules()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, source);
        m_program->write(QStringLiteral("lib/package.json"),
                         "{\"name\": \"ew-word\", \"version\": \"1.0.0\"}");
        m_program->write(QStringLiteral("lib/index.js"), "module.exports = 'word';\n");
        m_program->write(
            QStringLiteral("fn/package.json"),
            "{\"name\": \"x\", \"version\": \"1.0.0\", \"scripts\": {\"prepare\": \"exit 1\"},"
            " \"dependencies\": {\"is-number\": \"7.0.0\", \"ew-word\": \"file:../lib\"}}");
        QVERIFY(QFile::remove(m_program->path(QStringLiteral("fn/main.py"))));
        m_program->write(QStringLiteral("fn/") + file, source);
        const Run run = invoke();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("[true,\"word\"]\n"));
        QVERIFY(!QFile::exists(m_program->path(QStringLiteral("fn/node_modules"))));
        QVERIFY2(!invoke().err.contains("Installing"), "installed twice");
    }

    void itsOwnNodeModulesAreUsedAsTheyAre()
    {
        QVERIFY(QFile::remove(m_program->path(QStringLiteral("fn/main.py"))));
        m_program->write(QStringLiteral("edgewright.yaml"), "functions: {fn: {source: fn}}\n");
        m_program->write(QStringLiteral("package.json"),
                         "{\"dependencies\": {\"no-such-package-of-anybody\": \"1.0.0\"}}");
        m_program->write(QStringLiteral("node_modules/no-such-package-of-anybody/index.js"),
                         "module.exports = 'mine';\n");
        m_program->write(QStringLiteral("fn/index.js"),
                         "exports.handler = () => require('no-such-package-of-anybody');\n");
        const Run run = invoke();
        QVERIFY2(run.exit == 0, run.err);
        QCOMPARE(run.out, QByteArray("\"mine\"\n"));
    }

private:
    Run invoke() { return m_program->run({QStringLiteral("invoke"), QStringLiteral("fn")}); }

    /// A wheel is a zip with a description.
    void makeWheel(const char *version) const
    {
        const QByteArray script =
            "import sys, zipfile\n"
            "folder, version = sys.argv[1:]\n"
            "info = f'ewgreeting-{version}.dist-info/'\n"
            "with zipfile.ZipFile(f'{folder}/ewgreeting-{version}-py3-none-any.whl', 'w') as z:\n"
            "    z.writestr('ewgreeting.py', f'WORD = \"hello {version}\"\\n')\n"
            "    z.writestr(info + 'METADATA',\n"
            "               f'Metadata-Version: 2.1\\nName: ewgreeting\\nVersion: {version}\\n')\n"
            "    z.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\n'\n"
            "               'Root-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
            "    z.writestr(info + 'RECORD', '')\n";
        QProcess python;
        python.start(QStringLiteral("/usr/bin/python3"),
                     {QStringLiteral("-c"), QString::fromUtf8(script),
                      m_program->path(QStringLiteral("wheels")), QString::fromUtf8(version)});
        QVERIFY(python.waitForFinished());
        QCOMPARE(python.exitCode(), 0);
    }

    std::unique_ptr<Program> m_program;
};

QTEST_GUILESS_MAIN(CliDependenciesTest)
#include "tst_clidependencies.moc"
