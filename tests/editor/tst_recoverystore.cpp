#include "editor/core/recoverystore.h"

#include <QCoreApplication>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <csignal>
#include <cstdio>

using namespace editor;

namespace {

int countOfFiles(const QString &folder)
{
    int count = 0;
    QDirIterator files(folder, {QStringLiteral("*.json")}, QDir::Files,
                       QDirIterator::Subdirectories);
    for (; files.hasNext(); files.next())
        ++count;
    return count;
}

/// What the killed child does: types for ever.
int typeForEver(const QString &folder)
{
    RecoveryStore store(folder);
    int typed = 0;
    QTimer keys;
    QObject::connect(&keys, &QTimer::timeout, &store, [&] {
        ++typed;
        store.keep(QStringLiteral("/home/me/night_light.py"),
                   [&] { return QStringLiteral("typed %1 中\r\n").arg(typed); });
        std::printf("%d\n", typed);
        std::fflush(stdout);
    });
    keys.start(5);
    return QCoreApplication::exec();
}

} // namespace

class RecoveryStoreTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textOfAKilledProgramIsFoundAgain()
    {
        const QTemporaryDir folder;
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--type"), folder.path()});
        // Killed in the middle of typing, after the first text must have been written.
        QByteArray out;
        QTRY_VERIFY_WITH_TIMEOUT((out += child.readAllStandardOutput()).count('\n') >= 100, 10'000);
        ::kill(pid_t(child.processId()), SIGKILL);
        QTRY_COMPARE(child.state(), QProcess::NotRunning);
        out += child.readAllStandardOutput();
        const int typed = out.trimmed().split('\n').last().toInt();

        RecoveryStore store(folder.path());
        const QList<RecoveredText> left = store.leftBehind();
        QCOMPARE(left.size(), 1);
        QCOMPARE(left[0].path, QStringLiteral("/home/me/night_light.py"));
        QVERIFY(left[0].text.startsWith(QStringLiteral("typed ")));
        QVERIFY(left[0].text.endsWith(QStringLiteral(" 中\r\n")));
        const int kept = left[0].text.split(u' ')[1].toInt();
        QVERIFY2(typed - kept <= 300 / 5,
                 qPrintable(QStringLiteral("%1 of %2").arg(kept).arg(typed)));
        QVERIFY(qAbs(left[0].keptAt.msecsTo(QDateTime::currentDateTimeUtc())) < 60'000);

        store.discard(left[0]);
        QVERIFY(store.leftBehind().isEmpty());
        QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 0);
    }

    void steadyTypingDoesNotPutTheWritingOff()
    {
        const QTemporaryDir folder;
        RecoveryStore store(folder.path());
        QTimer keys;
        connect(&keys, &QTimer::timeout, &store,
                [&] { store.keep(QStringLiteral("/a"), [] { return QStringLiteral("text"); }); });
        keys.start(10);
        QElapsedTimer clock;
        clock.start();
        QTRY_COMPARE(countOfFiles(folder.path()), 1);
        QVERIFY2(clock.elapsed() < 3'000, qPrintable(QString::number(clock.elapsed())));
    }

    void savedTextIsForgotten()
    {
        const QTemporaryDir folder;
        RecoveryStore store(folder.path());
        store.keep(QStringLiteral("/a"), [] { return QStringLiteral("one"); });
        store.keep(QStringLiteral("/b"), [] { return QStringLiteral("two"); });
        QTRY_COMPARE(countOfFiles(folder.path()), 2);
        store.forget(QStringLiteral("/a"));
        QCOMPARE(countOfFiles(folder.path()), 1);
    }

    void whatALivingProgramKeepsIsNotLeftBehind()
    {
        const QTemporaryDir folder;
        RecoveryStore living(folder.path());
        living.keep(QStringLiteral("/a"), [] { return QStringLiteral("one"); });
        QTRY_COMPARE(countOfFiles(folder.path()), 1);
        RecoveryStore other(folder.path());
        QVERIFY(other.leftBehind().isEmpty());
    }

    void aRegularEndLeavesNothing()
    {
        const QTemporaryDir folder;
        {
            RecoveryStore store(folder.path());
            store.keep(QStringLiteral("/a"), [] { return QStringLiteral("one"); });
            QTRY_COMPARE(countOfFiles(folder.path()), 1);
        }
        QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 0);
    }

    void aFolderThatCannotBeIsToldOnce()
    {
        const QTemporaryDir folder;
        QFile inTheWay(folder.filePath(QStringLiteral("recovery")));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        RecoveryStore store(inTheWay.fileName());
        QSignalSpy failed(&store, &RecoveryStore::failed);
        store.keep(QStringLiteral("/a"), [] { return QStringLiteral("one"); });
        QTRY_COMPARE(failed.count(), 1);
        store.keep(QStringLiteral("/a"), [] { return QStringLiteral("two"); });
        QElapsedTimer clock;
        clock.start();
        QTRY_VERIFY(clock.elapsed() > 300);
        QCOMPARE(failed.count(), 1);
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && application.arguments()[1] == QStringLiteral("--type"))
        return typeForEver(application.arguments()[2]);
    RecoveryStoreTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_recoverystore.moc"
