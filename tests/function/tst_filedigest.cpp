#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/function/filedigest.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace runtime;

class tst_FileDigest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

    [[nodiscard]] std::string path(const char *name = "file") const
    {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }

    void write(const QByteArray &bytes, const char *name = "file")
    {
        QFile file(QString::fromStdString(path(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), qint64(bytes.size()));
    }

    /// Bytes that this process has read by now.
    static qint64 bytesRead()
    {
        QFile file(QStringLiteral("/proc/self/io"));
        if (!file.open(QIODevice::ReadOnly))
            return -1;
        return file.readAll().split('\n').value(0).split(' ').value(1).toLongLong();
    }

    void verify(const QByteArray &bytes)
    {
        const Result<FileDigest> got = digestOfFile(path());
        QVERIFY(got);
        QCOMPARE(got->size, std::uint64_t(bytes.size()));
        QCOMPARE(got->digest, digestOf({bytes.constData(), std::size_t(bytes.size())}));
    }

private Q_SLOTS:
    void contentsOfAnySize_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 4'095, 4'096, 131'072, 1 << 20, (1 << 20) + 1, 5'000'000})
            QTest::addRow("%d", size) << size;
    }
    void contentsOfAnySize()
    {
        QFETCH(int, size);
        const QByteArray bytes(size, 'x');
        write(bytes);
        verify(bytes);
        verify(bytes);
    }

    void aChangeIsSeenAtOnce()
    {
        for (int i = 0; i < 200; ++i) { // within one step of the kernel's clock, too
            const QByteArray bytes(200'000, char('a' + i % 26));
            write(bytes);
            verify(bytes);
        }
    }

    void whatStaysIsReadOnce()
    {
        const QByteArray bytes(3'000'000, 'y');
        write(bytes);
        QTest::qWait(2'200); // a file that was just written is not trusted
        verify(bytes);
        const qint64 before = bytesRead();
        verify(bytes);
        QVERIFY(before > 0 && bytesRead() - before < bytes.size());

        // The same size, and the time of modification put back.
        const QDateTime modified = QFileInfo(QString::fromStdString(path())).lastModified();
        const QByteArray other(bytes.size(), 'z');
        write(other);
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.setFileTime(modified, QFileDevice::FileModificationTime));
        file.close();
        verify(other);

        // Another file in its place.
        write(bytes, "another");
        QVERIFY(std::rename(path("another").c_str(), path().c_str()) == 0);
        verify(bytes);
    }

    void programsAreTold()
    {
        write("#!/bin/sh\n");
        QVERIFY(!digestOfFile(path())->executable);
        QVERIFY(QFile::setPermissions(QString::fromStdString(path()),
                                      QFile::ReadOwner | QFile::ExeOwner));
        QVERIFY(digestOfFile(path())->executable);
    }

    void whatIsNoFileIsRefused()
    {
        QCOMPARE(digestOfFile(m_folder.path().toStdString()).error().code,
                 ErrorCode::FileUnreadable);
        QCOMPARE(digestOfFile(path("none")).error().code, ErrorCode::FileUnreadable);
    }
};

QTEST_GUILESS_MAIN(tst_FileDigest)
#include "tst_filedigest.moc"
