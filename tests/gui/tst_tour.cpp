#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <set>

/// The whole story in the real window, off screen, against the real runtime, a real sshd, a real
/// debugger and a real controller.
class TourTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStepOfTheStoryHappens()
    {
        QTemporaryDir state, pictures;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("EDGEWRIGHT_STATE"), state.path());
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        QProcess window;
        window.setProcessEnvironment(environment);
        window.setProcessChannelMode(QProcess::MergedChannels);
        window.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewright-ide"),
                     {QStringLiteral("--tour"), pictures.path()});
        QTRY_COMPARE_WITH_TIMEOUT(window.state(), QProcess::NotRunning, 220'000);
        const QByteArray report = window.readAll();
        QVERIFY2(window.exitCode() == 0, report.constData());

        QFile file(pictures.filePath(QStringLiteral("report.md")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const qsizetype steps = file.readAll().count('\n') - 4; // title, blank line, table head
        const QStringList images =
            QDir(pictures.path()).entryList({QStringLiteral("*.png")}, QDir::Files, QDir::Name);
        QCOMPARE(images.size(), steps);
        for (const QString &name : images) {
            const QImage image(pictures.filePath(name));
            QVERIFY2(image.width() >= 1280, qPrintable(name));
            QVERIFY2(!isBlank(image), qPrintable(name));
        }
    }

private:
    static bool isBlank(const QImage &image)
    {
        std::set<QRgb> colors;
        for (int y = 0; y < image.height(); y += 5)
            for (int x = 0; x < image.width(); x += 5)
                colors.insert(image.pixel(x, y));
        return colors.size() < 20;
    }
};

QTEST_GUILESS_MAIN(TourTest)
#include "tst_tour.moc"
