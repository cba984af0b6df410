#include "editor/core/document.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace editor;
using runtime::ErrorCode;

namespace {

/// Root may write everything; what it may not is shown as somebody else.
class Nobody
{
public:
    Nobody() : m_wasRoot(::getuid() == 0)
    {
        if (m_wasRoot && ::setresuid(65534, 65534, 0) != 0)
            qFatal("cannot become nobody");
    }
    ~Nobody()
    {
        if (m_wasRoot && ::setresuid(0, 0, 0) != 0)
            qFatal("cannot become root again");
    }
    Nobody(const Nobody &) = delete;
    Nobody &operator=(const Nobody &) = delete;

private:
    bool m_wasRoot;
};

} // namespace

class DocumentTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { QVERIFY(m_folder.isValid()); }

    void whatIsReadIsWrittenTheSame_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<Encoding>("encoding");
        QTest::addColumn<LineEnd>("lineEnd");
        QTest::newRow("plain") << QByteArray("a\nb\n") << Encoding::Utf8 << LineEnd::Lf;
        QTest::newRow("empty") << QByteArray("") << Encoding::Utf8 << LineEnd::Lf;
        QTest::newRow("no line end at the end")
            << QByteArray("a\nb") << Encoding::Utf8 << LineEnd::Lf;
        QTest::newRow("CRLF") << QByteArray("a\r\nb\r\n") << Encoding::Utf8 << LineEnd::CrLf;
        QTest::newRow("CR") << QByteArray("a\rb\r") << Encoding::Utf8 << LineEnd::Cr;
        QTest::newRow("mixed") << QByteArray("a\r\nb\nc\r\nd\r") << Encoding::Utf8 << LineEnd::CrLf;
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F\n")
                                         << Encoding::Utf8WithMark << LineEnd::Lf;
        QTest::newRow("UTF-8 beyond the basic plane")
            << QByteArray("\xF0\x9F\x92\xA1 \xE4\xB8\xAD\n") << Encoding::Utf8 << LineEnd::Lf;
        QTest::newRow("Latin-1") << QByteArray("gr\xFC\xDF \x85\x9F\r\n") << Encoding::Latin1
                                 << LineEnd::CrLf;
        QTest::newRow("overlong is not UTF-8")
            << QByteArray("\xC0\xAF\n") << Encoding::Latin1 << LineEnd::Lf;
    }

    void whatIsReadIsWrittenTheSame()
    {
        QFETCH(QByteArray, bytes);
        const QString path = write(QStringLiteral("same"), bytes);
        Document document(path, m_watcher);
        QVERIFY(document.load());
        QTEST(document.encoding(), "encoding");
        QTEST(document.lineEnd(), "lineEnd");
        QVERIFY(document.save(document.text()));
        QCOMPARE(read(path), bytes);
    }

    void latin1BecomesUtf8RatherThanLosingACharacter()
    {
        const QString path = write(QStringLiteral("latin"), "\xFC\n");
        Document document(path, m_watcher);
        QVERIFY(document.load());
        QSignalSpy told(&document, &Document::encodingChanged);
        QVERIFY(document.save(document.text() + QStringLiteral("中")));
        QCOMPARE(document.encoding(), Encoding::Utf8);
        QCOMPARE(told.count(), 1);
        QCOMPARE(read(path), QByteArray("\xC3\xBC\n\xE4\xB8\xAD"));
    }

    void whatCannotBeReadIsSaid_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("missing") << m_folder.filePath(QStringLiteral("missing"));
        QTest::newRow("a folder") << m_folder.path();
        QTest::newRow("binary") << write(QStringLiteral("binary"), QByteArray("a\0b", 3));
    }

    void whatCannotBeReadIsSaid()
    {
        QFETCH(QString, path);
        Document document(path, m_watcher);
        const runtime::Result<> loaded = document.load();
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::FileUnreadable);
        QCOMPARE(loaded.error().subject, path.toStdString());
        QVERIFY(!loaded.error().detail.empty());
    }

    void aReadOnlyFileIsNotWritten()
    {
        const QString path = write(QStringLiteral("readonly"), "old\n");
        QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::ReadOther));
        QVERIFY(QFile::setPermissions(m_folder.path(), QFile::Permissions(0x7777)));
        Document document(path, m_watcher);
        QVERIFY(document.load());
        runtime::Result<> saved;
        {
            const Nobody nobody;
            saved = document.save(QStringLiteral("new\n"));
        }
        QVERIFY(!saved);
        QCOMPARE(saved.error().code, ErrorCode::FileUnwritable);
        QCOMPARE(read(path), QByteArray("old\n"));
    }

    void aFailedSaveLeavesTheOldFileAndNothingBeside()
    {
        QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("closed")));
        const QString path = write(QStringLiteral("closed/file"), "old\n");
        const QString folder = m_folder.filePath(QStringLiteral("closed"));
        Document document(path, m_watcher);
        QVERIFY(document.load());
        QVERIFY(QFile::setPermissions(path, QFile::Permissions(0x6666)));
        QVERIFY(QFile::setPermissions(folder, QFile::Permissions(0x5555)));
        runtime::Result<> saved;
        {
            const Nobody nobody;
            saved = document.save(QStringLiteral("new\n"));
        }
        QVERIFY(!saved);
        QCOMPARE(read(path), QByteArray("old\n"));
        QCOMPARE(QDir(folder).entryList(QDir::Files), QStringList{QStringLiteral("file")});
    }

    void permissionsAndLinksStay()
    {
        const QString path = write(QStringLiteral("script"), "#!/bin/sh\n");
        const QString link = m_folder.filePath(QStringLiteral("link"));
        const QFile::Permissions executable(0x7755);
        QVERIFY(QFile::setPermissions(path, executable));
        QVERIFY(QFile::link(QStringLiteral("script"), link)); // relative, as people make them
        Document document(link, m_watcher);
        QVERIFY(document.load());
        QVERIFY(document.save(QStringLiteral("#!/bin/bash\n")));
        QVERIFY(QFileInfo(link).isSymLink());
        QCOMPARE(read(path), QByteArray("#!/bin/bash\n"));
        QCOMPARE(QFile::permissions(path), executable);
    }

    void otherWritersAreNoticed_data()
    {
        QTest::addColumn<bool>("byRename");
        QTest::newRow("in place") << false;
        QTest::newRow("rename over") << true;
    }

    void otherWritersAreNoticed()
    {
        QFETCH(bool, byRename);
        const QString path = write(QStringLiteral("shared"), "one\n");
        Document document(path, m_watcher);
        QVERIFY(document.load());
        QSignalSpy changed(&document, &Document::changedOnDisk);
        // Twice: after a rename the file that was watched is gone.
        for (const QByteArray text : {"two\n", "three\n"}) {
            changed.clear();
            if (byRename) {
                QSaveFile file(path);
                QVERIFY(file.open(QIODevice::WriteOnly));
                file.write(text);
                QVERIFY(file.commit());
            } else {
                write(QStringLiteral("shared"), text);
            }
            QTRY_COMPARE(changed.count(), 1);
            QVERIFY(document.load());
            QCOMPARE(document.text().toUtf8(), text);
        }
    }

    void ownSavesAreNotChangesOfOthers()
    {
        const QString path = write(QStringLiteral("own"), "one\n");
        const QString witness = write(QStringLiteral("witness"), "one\n");
        Document document(path, m_watcher);
        Document other(witness, m_watcher);
        QVERIFY(document.load());
        QVERIFY(other.load());
        QSignalSpy changed(&document, &Document::changedOnDisk);
        QSignalSpy seen(&other, &Document::changedOnDisk);
        QVERIFY(document.save(QStringLiteral("two\n")));
        write(QStringLiteral("witness"), "two\n");
        QTRY_COMPARE(seen.count(), 1); // by then the own save was looked at as well
        QCOMPARE(changed.count(), 0);
    }

    void removalIsToldAndComingBackToo()
    {
        const QString path = write(QStringLiteral("removed"), "one\n");
        Document document(path, m_watcher);
        QVERIFY(document.load());
        QSignalSpy removed(&document, &Document::removedFromDisk);
        QSignalSpy restored(&document, &Document::restoredOnDisk);
        QVERIFY(QFile::remove(path));
        QTRY_COMPARE(removed.count(), 1);
        QVERIFY(document.isMissing());
        write(QStringLiteral("removed"), "one\n");
        QTRY_COMPARE(restored.count(), 1);
        QVERIFY(!document.isMissing());
    }

    void languagesAreKnownByName_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<Language>("language");
        QTest::newRow("py") << QStringLiteral("/a/night_light.py") << Language::Python;
        QTest::newRow("mjs") << QStringLiteral("index.mjs") << Language::JavaScript;
        QTest::newRow("cjs") << QStringLiteral("index.cjs") << Language::JavaScript;
        QTest::newRow("JSON") << QStringLiteral("EVENT.JSON") << Language::Json;
        QTest::newRow("yml") << QStringLiteral("serverless.yml") << Language::Yaml;
        QTest::newRow("folder with a dot") << QStringLiteral("/a.py/README") << Language::Plain;
    }

    void languagesAreKnownByName()
    {
        QFETCH(QString, name);
        QTEST(languageOf(name), "language");
    }

private:
    QString write(const QString &name, const QByteArray &bytes)
    {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(file.fileName()));
        return file.fileName();
    }
    static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }

    QTemporaryDir m_folder;
    FileWatcher m_watcher;
};

QTEST_GUILESS_MAIN(DocumentTest)
#include "tst_document.moc"
