#include "device-manager/core/devicefiles.h"
#include "testpi.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using device::DeviceFiles;
using device::RemoteFile;
using device::SaveEnd;
using runtime::ErrorCode;

/// Files over SFTP of a real sshd, on a simulated device whose home is a folder here.
class tst_DeviceFiles : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPi> m_pi;
    std::unique_ptr<DeviceFiles> m_files;
    QByteArray m_home; ///< As the device sees it.

    [[nodiscard]] QString here(const QString &name) const
    {
        return m_pi->home() + QLatin1Char('/') + name;
    }
    [[nodiscard]] QByteArray there(const QByteArray &name) const { return m_home + '/' + name; }

    void write(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    static QByteArray contentsOf(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(none)");
    }

    static unsigned modeOf(const QString &path)
    {
        struct stat status {
        };
        return ::lstat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 07777
                                                                          : 0;
    }

    static QByteArray randomBytes(qsizetype count)
    {
        QByteArray bytes(count, Qt::Uninitialized);
        QRandomGenerator random(7);
        random.fillRange(reinterpret_cast<quint32 *>(bytes.data()), bytes.size() / 4);
        return bytes;
    }

    /// What transfers leave beside files when they do not come to their end.
    [[nodiscard]] QStringList partials() const
    {
        return QDir(m_pi->home())
            .entryList({QStringLiteral(".edgewright-*")}, QDir::Files | QDir::Hidden);
    }

    std::unique_ptr<DeviceFiles> otherFiles(std::chrono::milliseconds silence)
    {
        return std::make_unique<DeviceFiles>(
            m_pi->device(), DeviceFiles::Options{{}, silence, std::chrono::seconds(60)});
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
    }

    void init()
    {
        // The folder itself is the device's home, and stays.
        for (const QFileInfo &each : QDir(m_pi->home())
                                         .entryInfoList(QDir::AllEntries | QDir::Hidden |
                                                        QDir::System | QDir::NoDotAndDotDot))
            each.isDir() && !each.isSymLink() ? QDir(each.filePath()).removeRecursively()
                                              : QFile::remove(each.filePath());
        m_files = std::make_unique<DeviceFiles>(m_pi->device(), DeviceFiles::Options{});
        const auto home = resultOf(m_files->list("."));
        QVERIFY2(home, home ? "" : home.error().detail.c_str());
        m_home = home->path;
    }

    void cleanupTestCase() { m_files.reset(); }

    void theHomeComesFirstWithWhatItHas()
    {
        write(here(QStringLiteral("notes.txt")), "twelve bytes");
        ::chmod(QFile::encodeName(here(QStringLiteral("notes.txt"))).constData(), 0640);
        QVERIFY(QDir(m_pi->home()).mkdir(QStringLiteral("photos")));
        QVERIFY(QFile::link(QStringLiteral("photos"), here(QStringLiteral("latest"))));
        QVERIFY(QFile::link(QStringLiteral("nowhere"), here(QStringLiteral("broken"))));
        const auto folder = resultOf(m_files->list("."));
        QVERIFY(folder);
        QVERIFY(folder->path.startsWith('/'));
        std::map<QByteArray, RemoteFile> files;
        for (const RemoteFile &file : folder->files)
            files[file.name] = file;
        QCOMPARE(files.size(), std::size_t(4));
        const RemoteFile &notes = files["notes.txt"];
        QCOMPARE(notes.kind, RemoteFile::Kind::File);
        QCOMPARE(notes.size, std::uint64_t(12));
        QCOMPARE(permissionText(notes), QStringLiteral("-rw-r-----"));
        QVERIFY(std::abs(notes.modified - std::int64_t(std::time(nullptr))) < 60);
        QVERIFY(!notes.owner.isEmpty());
        QVERIFY(files["photos"].isFolder());
        QCOMPARE(files["latest"].kind, RemoteFile::Kind::Link);
        QVERIFY(files["latest"].isFolder());
        QCOMPARE(files["latest"].target, QByteArray("photos"));
        QVERIFY(!files["broken"].isFolder());
    }

    void aNameThatIsNoTextIsAFileAsOthers()
    {
        const QByteArray name("caf\xe9 \xff\n.txt");
        const QByteArray path = QFile::encodeName(m_pi->home()) + '/' + name;
        const int fd = ::open(path.constData(), O_CREAT | O_WRONLY, 0644);
        QVERIFY(fd >= 0);
        QCOMPARE(::write(fd, "x", 1), ssize_t(1));
        ::close(fd);
        const auto folder = resultOf(m_files->list(m_home));
        QVERIFY(folder);
        QCOMPARE(folder->files.size(), std::size_t(1));
        QCOMPARE(folder->files[0].name, name);
        QVERIFY(!device::shownName(name).contains(QLatin1Char('\n')));
        QVERIFY(resultOf(m_files->rename(there(name), there("plain"))));
        QCOMPARE(contentsOf(here(QStringLiteral("plain"))), QByteArray("x"));
    }

    void aSaveReplacesTheFileAndKeepsItsPermissions()
    {
        const QString file = here(QStringLiteral("run.sh"));
        write(file, "echo one\n");
        ::chmod(QFile::encodeName(file).constData(), 0750);
        struct stat before {
        };
        ::stat(QFile::encodeName(file).constData(), &before);
        const auto text = resultOf(m_files->open(there("run.sh")));
        QVERIFY(text);
        QCOMPARE(text->contents, QByteArray("echo one\n"));
        const auto saved = resultOf(m_files->save(text->path, "echo two\n", text->digest));
        QVERIFY2(saved, saved ? "" : saved.error().detail.c_str());
        QCOMPARE(*saved, SaveEnd::Saved);
        QCOMPARE(contentsOf(file), QByteArray("echo two\n"));
        QCOMPARE(modeOf(file), 0750U);
        struct stat after {
        };
        ::stat(QFile::encodeName(file).constData(), &after);
        QVERIFY(before.st_ino != after.st_ino); // another took its place: never half of it
        QVERIFY(partials().isEmpty());
    }

    void aLinkStaysALinkWhenWhatItLeadsToIsSaved()
    {
        write(here(QStringLiteral("real.conf")), "a=1\n");
        QVERIFY(QFile::link(QStringLiteral("real.conf"), here(QStringLiteral("link.conf"))));
        const auto text = resultOf(m_files->open(there("link.conf")));
        QVERIFY(text);
        QVERIFY(text->path.endsWith("/real.conf"));
        QVERIFY(resultOf(m_files->save(text->path, "a=2\n", text->digest)));
        QVERIFY(QFileInfo(here(QStringLiteral("link.conf"))).isSymLink());
        QCOMPARE(contentsOf(here(QStringLiteral("real.conf"))), QByteArray("a=2\n"));
    }

    void whatOthersWroteIsNotOverwritten()
    {
        const QString file = here(QStringLiteral("shared.txt"));
        write(file, "mine\n");
        const auto text = resultOf(m_files->open(there("shared.txt")));
        QVERIFY(text);
        write(file, "hers\n"); // as long as before, and in the same second
        auto saved = resultOf(m_files->save(text->path, "mine, too\n", text->digest));
        QVERIFY(saved);
        QCOMPARE(*saved, SaveEnd::ChangedThere);
        QCOMPARE(contentsOf(file), QByteArray("hers\n"));
        QFile::remove(file);
        saved = resultOf(m_files->save(text->path, "mine, too\n", text->digest));
        QVERIFY(saved);
        QCOMPARE(*saved, SaveEnd::GoneThere);
        QVERIFY(!QFile::exists(file));
        saved = resultOf(m_files->save(text->path, "mine, too\n", {}));
        QVERIFY(saved);
        QCOMPARE(*saved, SaveEnd::Saved);
        QCOMPARE(contentsOf(file), QByteArray("mine, too\n"));
        // The answer may have been lost: what is there already is saved.
        saved = resultOf(m_files->save(text->path, "mine, too\n", text->digest));
        QVERIFY(saved);
        QCOMPARE(*saved, SaveEnd::Saved);
    }

    void whatIsNoTextIsNotOpened_data()
    {
        QTest::addColumn<QByteArray>("contents");
        QTest::addColumn<QByteArray>("reason");
        QTest::newRow("binary") << QByteArray("\x7f"
                                              "ELF\0\1",
                                              6)
                                << QByteArray("binary");
        QTest::newRow("large") << QByteArray((5 << 20) + 1, 'x') << QByteArray("5 MB");
    }
    void whatIsNoTextIsNotOpened()
    {
        QFETCH(QByteArray, contents);
        QFETCH(QByteArray, reason);
        write(here(QStringLiteral("file")), contents);
        const auto text = resultOf(m_files->open(there("file")));
        QVERIFY(!text);
        QCOMPARE(text.error().code, ErrorCode::FileUnreadable);
        QVERIFY2(text.error().detail.find(reason.toStdString()) != std::string::npos,
                 text.error().detail.c_str());
    }

    void aFileWithoutASizeIsReadToItsEnd()
    {
        const auto text = resultOf(m_files->open("/proc/self/status"));
        QVERIFY2(text, text ? "" : text.error().detail.c_str());
        QVERIFY(text->contents.contains("VmRSS"));
        QVERIFY(text->contents.endsWith('\n'));
    }

    void whatIsMissingIsSaid()
    {
        const auto text = resultOf(m_files->open(there("missing")));
        QVERIFY(!text);
        QCOMPARE(text.error().code, ErrorCode::FileUnreadable);
        QCOMPARE(text.error().detail, std::string("there is no such file on the device"));
        const auto folder = resultOf(m_files->list(there("missing")));
        QVERIFY(!folder);
        QCOMPARE(folder.error().code, ErrorCode::FileUnreadable);
    }

    void foldersAreMadeRenamedAndRemoved()
    {
        QVERIFY(resultOf(m_files->makeFolder(there("new"))));
        QVERIFY(QFileInfo(here(QStringLiteral("new"))).isDir());
        const auto again = resultOf(m_files->makeFolder(there("new")));
        QVERIFY(!again);
        QCOMPARE(again.error().code, ErrorCode::FileUnwritable);
        QVERIFY(again.error().detail.find("exists already") != std::string::npos);
        QVERIFY(resultOf(m_files->rename(there("new"), there("old"))));
        QVERIFY(QFileInfo(here(QStringLiteral("old"))).isDir());
        QVERIFY(!QFileInfo::exists(here(QStringLiteral("new"))));
        QVERIFY(resultOf(m_files->remove({there("old")})));
        QVERIFY(!QFileInfo::exists(here(QStringLiteral("old"))));
    }

    void aRenameDoesNotTakeTheNameOfAnother()
    {
        write(here(QStringLiteral("a")), "a");
        write(here(QStringLiteral("b")), "b");
        const auto renamed = resultOf(m_files->rename(there("a"), there("b")));
        QVERIFY(!renamed);
        QCOMPARE(renamed.error().code, ErrorCode::FileUnwritable);
        QCOMPARE(contentsOf(here(QStringLiteral("b"))), QByteArray("b"));
    }

    void removingAFolderSparesWhatItsLinksLeadTo()
    {
        QVERIFY(QDir(m_pi->home()).mkpath(QStringLiteral("kept")));
        QVERIFY(QDir(m_pi->home()).mkpath(QStringLiteral("gone/deep")));
        write(here(QStringLiteral("kept/file")), "kept");
        write(here(QStringLiteral("gone/deep/file")), "gone");
        QVERIFY(QFile::link(QStringLiteral("../kept"), here(QStringLiteral("gone/link"))));
        QVERIFY(QFile::link(QStringLiteral("kept"), here(QStringLiteral("link"))));
        QVERIFY(resultOf(m_files->remove({there("gone"), there("link")})));
        QVERIFY(!QFileInfo::exists(here(QStringLiteral("gone"))));
        QVERIFY(!QFileInfo(here(QStringLiteral("link"))).isSymLink());
        QCOMPARE(contentsOf(here(QStringLiteral("kept/file"))), QByteArray("kept"));
    }

    void foldersGoUpAndComeDownWhole()
    {
        QTemporaryDir local;
        QVERIFY(QDir(local.path()).mkpath(QStringLiteral("app/empty")));
        const QByteArray large = randomBytes((9 << 20) + 12);
        write(local.filePath(QStringLiteral("app/large.bin")), large);
        write(local.filePath(QStringLiteral("app/none")), {});
        write(local.filePath(QStringLiteral("app/run.sh")), "#!/bin/sh\n");
        ::chmod(QFile::encodeName(local.filePath(QStringLiteral("app/run.sh"))).constData(), 0755);
        QVERIFY(QFile::link(QStringLiteral("."), local.filePath(QStringLiteral("app/circle"))));

        QSignalSpy progressed(m_files.get(), &DeviceFiles::progressed);
        const auto up =
            resultOf(m_files->upload({local.filePath(QStringLiteral("app"))}, m_home, {}));
        QVERIFY2(up, up ? "" : up.error().detail.c_str());
        QCOMPARE(up->files, 3);
        QCOMPARE(up->bytes, std::uint64_t(large.size() + 10));
        QCOMPARE(up->skipped.size(), 1);
        QTRY_VERIFY(!progressed.isEmpty());
        const auto last = qvariant_cast<device::TransferProgress>(progressed.last()[0]);
        QCOMPARE(last.done, last.total);
        QCOMPARE(last.file, 3);
        QVERIFY(contentsOf(here(QStringLiteral("app/large.bin"))) == large);
        QCOMPARE(contentsOf(here(QStringLiteral("app/none"))), QByteArray());
        QVERIFY(QFileInfo(here(QStringLiteral("app/empty"))).isDir());
        QCOMPARE(modeOf(here(QStringLiteral("app/run.sh"))), 0755U);
        QCOMPARE(modeOf(here(QStringLiteral("app/none"))), 0644U);

        QTemporaryDir back;
        const auto down = resultOf(m_files->download({there("app")}, back.path(), {}));
        QVERIFY2(down, down ? "" : down.error().detail.c_str());
        QCOMPARE(down->files, 3);
        QVERIFY(contentsOf(back.filePath(QStringLiteral("app/large.bin"))) == large);
        QVERIFY(QFileInfo(back.filePath(QStringLiteral("app/empty"))).isDir());
        QVERIFY(QFileInfo(back.filePath(QStringLiteral("app/run.sh"))).isExecutable());
    }

    void aStoppedUploadLeavesWhatWasThere()
    {
        QTemporaryDir local;
        write(local.filePath(QStringLiteral("big")), randomBytes(64 << 20));
        write(here(QStringLiteral("big")), "small");
        std::stop_source stop;
        connect(m_files.get(), &DeviceFiles::progressed, this,
                [&](const device::TransferProgress &progress) {
                    if (progress.done > 0)
                        stop.request_stop();
                });
        const auto up = resultOf(
            m_files->upload({local.filePath(QStringLiteral("big"))}, m_home, stop.get_token()));
        m_files->disconnect(this);
        QVERIFY(!up);
        QCOMPARE(up.error().code, ErrorCode::Cancelled);
        QCOMPARE(contentsOf(here(QStringLiteral("big"))), QByteArray("small"));
        QTRY_VERIFY(partials().isEmpty());
        QVERIFY(resultOf(m_files->list(m_home))); // and the session goes on
    }

    void aStoppedDownloadLeavesNothing()
    {
        QTemporaryDir local;
        write(here(QStringLiteral("big")), randomBytes(64 << 20));
        std::stop_source stop;
        connect(m_files.get(), &DeviceFiles::progressed, this,
                [&](const device::TransferProgress &progress) {
                    if (progress.done > 0)
                        stop.request_stop();
                });
        const auto down =
            resultOf(m_files->download({there("big")}, local.path(), stop.get_token()));
        m_files->disconnect(this);
        QVERIFY(!down);
        QCOMPARE(down.error().code, ErrorCode::Cancelled);
        QVERIFY(QDir(local.path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
        QVERIFY(resultOf(m_files->list(m_home)));
    }

    void aDeviceThatFallsSilentIsLostInTime()
    {
        write(here(QStringLiteral("kept")), "kept");
        auto files = otherFiles(std::chrono::milliseconds(700));
        const auto text = resultOf(files->open(there("kept")));
        QVERIFY(text);
        m_pi->pi->setPlugged(false);
        QElapsedTimer timer;
        timer.start();
        const auto saved = resultOf(files->save(text->path, "lost", text->digest));
        m_pi->pi->setPlugged(true);
        QVERIFY(!saved);
        QCOMPARE(saved.error().code, ErrorCode::DeviceLost);
        QVERIFY2(timer.elapsed() < 3'000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(contentsOf(here(QStringLiteral("kept"))), QByteArray("kept"));
        // The next request opens another session.
        const auto again = resultOf(files->save(text->path, "found", text->digest));
        QVERIFY2(again, again ? "" : again.error().detail.c_str());
        QCOMPARE(contentsOf(here(QStringLiteral("kept"))), QByteArray("found"));
    }

    void aLostLinkEndsWhatIsUnderWayAtOnce()
    {
        auto files = otherFiles(std::chrono::seconds(60));
        QVERIFY(resultOf(files->list(m_home)));
        m_pi->pi->setPlugged(false);
        QElapsedTimer timer;
        timer.start();
        auto listed = files->list(m_home);
        files->lose();
        const auto result = resultOf(listed);
        m_pi->pi->setPlugged(true);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::DeviceLost);
        QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(resultOf(files->list(m_home)));
    }

    void destroyingItEndsWhatIsUnderWay()
    {
        auto files = otherFiles(std::chrono::seconds(60));
        QVERIFY(resultOf(files->list(m_home)));
        m_pi->pi->setPlugged(false);
        auto listed = files->list(m_home);
        QElapsedTimer timer;
        timer.start();
        files.reset();
        QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
        m_pi->pi->setPlugged(true);
        QCOMPARE(resultOf(listed).error().code, ErrorCode::Cancelled);
    }

    void anotherHostKeyGetsNothing()
    {
        device::Device other = m_pi->device();
        other.hostKey = QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        DeviceFiles files(other, {});
        const auto listed = resultOf(files.list("."));
        QVERIFY(!listed);
        QCOMPARE(listed.error().code, ErrorCode::DeviceHostKeyChanged);
    }
};

QTEST_GUILESS_MAIN(tst_DeviceFiles)
#include "tst_devicefiles.moc"
