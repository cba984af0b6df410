#include "tests/debug/debugsetup.h"

#include <QFile>

using namespace runtime;
using tests::code;
using tests::DebugSetup;
using tests::TestRuntime;

/// Interpreters whose debugger is not there or does not work.
class TestDebugMissing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutDebugpy();
    void debuggerThatNeverAttaches();

private:
    /// A runtime whose Python sees no packages but those in \a packages.
    bool startRuntime(TestRuntime &runtime, const QString &packages);

    QTemporaryDir m_folder;
};

bool TestDebugMissing::startRuntime(TestRuntime &runtime, const QString &packages)
{
    const QString path = m_folder.filePath(QStringLiteral("python"));
    QFile script(path);
    if (!script.open(QIODevice::WriteOnly))
        return false;
    script.write("#!/bin/sh\nexport PYTHONPATH='" + packages.toUtf8() +
                 "'\nexec /usr/bin/python3 -S \"$@\"\n");
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    script.close();
    qputenv("EDGEWRIGHT_PYTHON", path.toUtf8());
    return runtime.start();
}

void TestDebugMissing::withoutDebugpy()
{
    TestRuntime runtime;
    QVERIFY(startRuntime(runtime, QString()));
    DebugSetup debug(runtime, code, "bare");
    debug.session->start();
    QVERIFY(debug.waitForEnd());
    QVERIFY(debug.error);
    QVERIFY2(debug.error->code == ErrorCode::DebuggerMissing, debug.error->detail.c_str());
    QCOMPARE(debug.error->subject, std::string("bare"));
    QVERIFY(debug.error->detail.find("python3-debugpy") != std::string::npos);
    const auto result = TestRuntime::wait(debug.invoke());
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
}

void TestDebugMissing::debuggerThatNeverAttaches()
{
    QFile fake(m_folder.filePath(QStringLiteral("debugpy.py")));
    QVERIFY(fake.open(QIODevice::WriteOnly));
    fake.write("import time\n"
               "def configure(**kwargs): pass\n"
               "def connect(*args, **kwargs): time.sleep(3600)\n"
               "def wait_for_client(): pass\n");
    fake.close();
    TestRuntime runtime;
    QVERIFY(startRuntime(runtime, m_folder.path()));
    DebugSetup debug(runtime, code, "mute");
    debug.session->setStartLimit(std::chrono::milliseconds(700));
    debug.session->start();
    QVERIFY(debug.waitForEnd());
    QVERIFY(debug.error);
    QCOMPARE(debug.error->code, ErrorCode::DebuggerFailed);
    QCOMPARE(debug.error->detail,
             std::string("not ready within 700 ms: the worker did not connect"));
    const auto result = TestRuntime::wait(debug.invoke());
    QVERIFY(result);
    QCOMPARE(result->outcome, Outcome::Result);
}

QTEST_GUILESS_MAIN(TestDebugMissing)
#include "tst_debugmissing.moc"
