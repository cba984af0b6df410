#include "tests/controllers/testendpoint.h"

#include <QDir>
#include <QProcessEnvironment>

using tests::TestEndpoint;

/// The public npm client "openwhisk" against a real edgewrightd.
class TestWhiskClient final : public QObject
{
    Q_OBJECT

private:
    TestEndpoint m_endpoint;

private Q_SLOTS:
    void initTestCase()
    {
        if (!QDir(QStringLiteral(EDGEWRIGHT_NPM_DIR "/node_modules/openwhisk")).exists())
            QSKIP("npm install openwhisk has not run: use ctest");
        QVERIFY(m_endpoint.start());
    }

    void clientCreatesInvokesAndDeletes_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("Python") << "python:3";
        QTest::newRow("Node.js") << "nodejs:20";
    }
    void clientCreatesInvokesAndDeletes()
    {
        QFETCH(QString, kind);
        QProcess node;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("NODE_PATH"),
                           QStringLiteral(EDGEWRIGHT_NPM_DIR "/node_modules"));
        node.setProcessEnvironment(environment);
        node.setProcessChannelMode(QProcess::MergedChannels);
        node.start(QStringLiteral("node"),
                   {QStringLiteral(EDGEWRIGHT_SOURCE_DIR "/tests/controllers/whiskclient.js"),
                    m_endpoint.access().endpoint.toString(),
                    QString::fromStdString(m_endpoint.access().auth), kind});
        QVERIFY(node.waitForFinished(30'000));
        const QByteArray output = node.readAll();
        QVERIFY2(node.exitCode() == 0 && output.endsWith("done\n"), output.constData());
    }
};

QTEST_GUILESS_MAIN(TestWhiskClient)
#include "tst_whiskclient.moc"
