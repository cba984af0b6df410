#include "runtime-bridge/base/file.h"

#include <QTemporaryDir>
#include <QTest>

using namespace runtime;
namespace fs = std::filesystem;

class FileTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenIsRead()
    {
        const fs::path file = root() / "a/b/c";
        const std::string bytes("one\0two\n", 8);
        QVERIFY(writeFile(file, bytes));
        QCOMPARE(readFile(file).value(), bytes);
    }

    void aFailedWriteLeavesTheOldFileAndNothingBeside()
    {
        const fs::path folder = root() / "full";
        fs::create_directories(folder / "target"); // a folder in the way: rename() must fail
        const Result<> written = writeFile(folder / "target", "new");
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::FileUnwritable);
        QCOMPARE(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
    }

    void readingRefusesWhatIsNoFile()
    {
        QCOMPARE(readFile(root()).error().code, ErrorCode::FileUnreadable);
        QCOMPARE(readFile(root() / "missing").error().code, ErrorCode::FileUnreadable);
        QVERIFY(writeFile(root() / "large", std::string(100, 'x')));
        QCOMPARE(readFile(root() / "large", 99).error().code, ErrorCode::FileUnreadable);
    }

private:
    fs::path root() const { return m_folder.path().toStdString(); }
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(FileTest)
#include "tst_file.moc"
