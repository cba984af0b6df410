#include "tests/controllers/testendpoint.h"

#include <QFile>
#include <QRegularExpression>

namespace tests {

TestEndpoint::~TestEndpoint()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(15'000))
        m_process.kill();
    m_process.waitForFinished(5'000);
}

bool TestEndpoint::start()
{
    const QString auth = m_folder.filePath(QStringLiteral("auth"));
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"),
                    {QStringLiteral("serve"), QStringLiteral("--folder"), m_folder.path(),
                     QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"),
                     QStringLiteral("--auth-file"), auth});
    QString said;
    QRegularExpressionMatch address;
    const bool isUp = QTest::qWaitFor(
        [&] {
            said += QString::fromUtf8(m_process.readAll());
            address =
                QRegularExpression(QStringLiteral("controller API at (http://\\S+)")).match(said);
            return address.hasMatch();
        },
        15'000);
    QFile file(auth);
    if (!isUp || !file.open(QIODevice::ReadOnly)) {
        qWarning("endpoint: %s", qPrintable(said));
        return false;
    }
    m_access.endpoint = QUrl(address.captured(1));
    m_access.auth = file.readAll().trimmed().toStdString();
    return true;
}

} // namespace tests
