#include "virtualpis/virtualpis.h"

#include "app/errors/usermessage.h"
#include "device-manager/core/devicefiles.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using device::DeviceFiles;
using device::SaveEnd;
using runtime::ErrorCode;
using tests::VirtualPis;

/// What a real device has against having its files read and written.
/// Packages: openssh-server, openssh-sftp-server, dropbear-bin.
class tst_FileFailures : public QObject
{
    Q_OBJECT

    std::unique_ptr<VirtualPis> m_bench;
    QTemporaryDir m_home, m_state;
    std::unique_ptr<DeviceFiles> m_files;

    template<typename T> static T resultOf(QFuture<T> future)
    {
        (void)QTest::qWaitFor([&] { return future.isFinished(); }, 60'000);
        return future.isFinished() && future.resultCount() == 1
                   ? future.result()
                   : runtime::failure(ErrorCode::Internal, "test", "no result in time");
    }

    QByteArray onPi(const QByteArray &command) { return m_bench->run(1, command).text.trimmed(); }

    void becomes(const runtime::Error &error, ErrorCode code, const char *advice)
    {
        QCOMPARE(runtime::wireName(error.code), runtime::wireName(code));
        const QString text = app::describe(error).text;
        QVERIFY2(text.contains(QLatin1String(advice)), qPrintable(text));
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("HOME", m_home.path().toLocal8Bit());
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        qunsetenv("SSH_AUTH_SOCK");
        m_bench = std::make_unique<VirtualPis>();
        if (!m_bench->whyNot().isEmpty())
            QSKIP(m_bench->whyNot().constData());
        QVERIFY(m_bench->enter());
        QVERIFY(m_bench->boot(1));
    }

    void init()
    {
        m_files = std::make_unique<DeviceFiles>(m_bench->device(1), DeviceFiles::Options{});
    }
    void cleanup() { m_files.reset(); }

    void whatBelongsToRootIsNotTouched()
    {
        onPi("mkdir -p /srv/root; echo secret >/srv/root/secret; chmod 600 /srv/root/secret");
        const auto text = resultOf(m_files->open("/srv/root/secret"));
        QVERIFY(!text);
        becomes(text.error(), ErrorCode::FileUnreadable, "sudo chmod");
        onPi("echo open >/srv/root/open; chmod 644 /srv/root/open");
        const auto open = resultOf(m_files->open("/srv/root/open"));
        QVERIFY(open);
        const auto saved = resultOf(m_files->save(open->path, "mine", open->digest));
        QVERIFY(!saved);
        becomes(saved.error(), ErrorCode::FileUnwritable, "Nothing was changed there");
        QCOMPARE(onPi("cat /srv/root/open"), QByteArray("open"));
        const auto made = resultOf(m_files->makeFolder("/srv/root/new"));
        QVERIFY(!made);
        becomes(made.error(), ErrorCode::FileUnwritable, "Nothing was changed there");
        // Where the folder would let it through, the file's owner would be lost.
        onPi("chmod 777 /srv/root; chmod 666 /srv/root/open");
        const auto owned = resultOf(m_files->save(open->path, "mine", open->digest));
        QVERIFY(!owned);
        becomes(owned.error(), ErrorCode::FileUnwritable, "belongs to somebody else");
        QCOMPARE(onPi("cat /srv/root/open; stat -c %U /srv/root/open; ls -A /srv/root | wc -l"),
                 QByteArray("open\nroot\n2"));
    }

    void aFullDiskKeepsWhatWasThere()
    {
        onPi("mkdir -p /srv/small; mount -t tmpfs -o mode=777,size=1m tmpfs /srv/small; "
             "echo before >/srv/small/file; chown pi: /srv/small/file");
        QTemporaryDir local;
        QFile large(local.filePath(QStringLiteral("file")));
        QVERIFY(large.open(QIODevice::WriteOnly));
        large.write(QByteArray(3 << 20, 'x'));
        large.close();
        const auto told = resultOf(m_files->upload({large.fileName()}, "/srv/small", {}));
        QVERIFY(!told);
        becomes(told.error(), ErrorCode::DeviceDiskFull, "What was there before is unchanged");
        QCOMPARE(onPi("cat /srv/small/file; ls -A /srv/small"), QByteArray("before\nfile"));
        // One that fills up meanwhile: the size that was told fits, what comes does not.
        onPi("head -c 950000 /dev/zero >/srv/small/filler; chmod 666 /srv/small/filler");
        const auto text = resultOf(m_files->open("/srv/small/file"));
        QVERIFY(text);
        const auto saved =
            resultOf(m_files->save(text->path, QByteArray(200'000, 'y'), text->digest));
        QVERIFY(!saved);
        becomes(saved.error(), ErrorCode::DeviceDiskFull, "What was there before is unchanged");
        QCOMPARE(onPi("cat /srv/small/file; ls -A /srv/small"), QByteArray("before\nfile\nfiller"));
    }

    void aCableThatIsPulledLeavesNoHalfFile()
    {
        QVERIFY(m_bench->shape(1, "rate=20"));
        onPi("echo before >/home/pi/movie; chown pi: /home/pi/movie");
        QTemporaryDir local;
        QFile movie(local.filePath(QStringLiteral("movie")));
        QVERIFY(movie.open(QIODevice::WriteOnly));
        movie.write(QByteArray(40 << 20, 'x'));
        movie.close();
        QSignalSpy progressed(m_files.get(), &DeviceFiles::progressed);
        auto upload = m_files->upload({movie.fileName()}, "/home/pi", {});
        QTRY_VERIFY_WITH_TIMEOUT(
            !progressed.isEmpty() &&
                qvariant_cast<device::TransferProgress>(progressed.last()[0]).done > (1 << 20),
            30'000);
        QVERIFY(m_bench->plug(1, false));
        QElapsedTimer timer;
        timer.start();
        const auto lost = resultOf(upload);
        QVERIFY(!lost);
        becomes(lost.error(), ErrorCode::DeviceLost, "No half of a file");
        QVERIFY2(timer.elapsed() < 17'000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(onPi("cat /home/pi/movie"), QByteArray("before"));
        QVERIFY(m_bench->plug(1, true));
        QVERIFY(m_bench->shape(1, ""));
        QTRY_VERIFY_WITH_TIMEOUT(resultOf(m_files->list(".")).has_value(), 30'000);
    }

    void dropbearServesFilesWhereItHasAServerForThem()
    {
        if (m_bench->run(1, "command -v dropbear").exitCode != 0)
            QSKIP("the package dropbear-bin is missing");
        QVERIFY(m_bench->run(1, "dropbearkey -t ed25519 -f /etc/ssh/dropbear").exitCode == 0);
        QVERIFY(m_bench->serve(1, "exec dropbear -F -E -p 22 -r /etc/ssh/dropbear"));
        device::Device device = m_bench->device(1);
        device.hostKey.clear();
        DeviceFiles stranger(device, {});
        const auto unknown = resultOf(stranger.list("."));
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().code, ErrorCode::DeviceHostKeyUnknown);
        device.hostKey = QString::fromStdString(unknown.error().detail).section(u' ', 0, 0);
        DeviceFiles files(device, {});
        const auto home = resultOf(files.list("."));
        QVERIFY2(home, home ? "" : home.error().detail.c_str());
        QCOMPARE(home->path, QByteArray("/home/pi"));
        const auto saved = resultOf(files.save("/home/pi/by-dropbear", "yes\n", {}));
        QVERIFY2(saved, saved ? "" : saved.error().detail.c_str());
        QCOMPARE(*saved, SaveEnd::Saved);
        QCOMPARE(onPi("cat /home/pi/by-dropbear"), QByteArray("yes"));

        // As on a small system that has none.
        QVERIFY(m_bench->run(1, "mount --bind /dev/null \"$(readlink -f /usr/lib/sftp-server)\"")
                    .exitCode == 0);
        DeviceFiles none(device, {});
        const auto listed = resultOf(none.list("."));
        QVERIFY(!listed);
        becomes(listed.error(), ErrorCode::DeviceUnsuitable, "apt install openssh-sftp-server");
        QVERIFY(m_bench->configureServer(1, ""));
    }
};

QTEST_GUILESS_MAIN(tst_FileFailures)
#include "tst_filefailures.moc"
