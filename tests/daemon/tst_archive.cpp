#include "runtime-bridge/daemon/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <QTest>

#include <functional>

using namespace runtime;

namespace {

struct Item {
    std::string path;
    std::string bytes;
    unsigned type = AE_IFREG;
    unsigned mode = 0644;
};

std::string zipOf(const std::vector<Item> &items)
{
    std::string zip(8u << 20, '\0');
    std::size_t used = 0;
    archive *writer = archive_write_new();
    archive_write_set_format_zip(writer);
    archive_write_open_memory(writer, zip.data(), zip.size(), &used);
    for (const Item &item : items) {
        archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, item.path.c_str());
        archive_entry_set_filetype(entry, item.type);
        archive_entry_set_perm(entry, mode_t(item.mode));
        if (item.type == AE_IFLNK)
            archive_entry_set_symlink(entry, item.bytes.c_str());
        else
            archive_entry_set_size(entry, la_int64_t(item.bytes.size()));
        archive_write_header(writer, entry);
        archive_write_data(writer, item.bytes.data(), item.bytes.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    zip.resize(used);
    return zip;
}

} // namespace

class TestArchive final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filesComeOutAsTheyWentIn()
    {
        const std::string large(300'000, 'z');
        const auto files = unpackZip(zipOf({{"index.js", "a"},
                                            {"lib/", "", AE_IFDIR, 0755},
                                            {"lib/run", large, AE_IFREG, 0755},
                                            {"./dot/x", "b"},
                                            {"\xc3\xa4.txt", ""}}));
        QVERIFY2(files, files ? "" : files.error().detail.c_str());
        QCOMPARE(files->size(), std::size_t(4));
        QCOMPARE(files->at(0).path, std::string("index.js"));
        QCOMPARE(files->at(0).bytes, std::string("a"));
        QVERIFY(!files->at(0).executable);
        QCOMPARE(files->at(1).path, std::string("lib/run"));
        QCOMPARE(files->at(1).bytes, large);
        QVERIFY(files->at(1).executable);
        QCOMPARE(files->at(2).path, std::string("dot/x"));
        QCOMPARE(files->at(3).path, std::string("\xc3\xa4.txt"));
    }

    void badArchiveIsRefused_data()
    {
        QTest::addColumn<QByteArray>("zip");
        const auto row = [](const char *name, const std::string &zip) {
            QTest::newRow(name) << QByteArray::fromStdString(zip);
        };
        const std::string good = zipOf({{"index.js", std::string(5'000, 'x')}});
        row("empty", "");
        row("no zip", "hello");
        row("no files", zipOf({}));
        row("cut", good.substr(0, good.size() / 2));
        row("parent", zipOf({{"../evil", "x"}}));
        row("parent inside", zipOf({{"a/../../evil", "x"}}));
        row("absolute", zipOf({{"/etc/passwd", "x"}}));
        row("backslash", zipOf({{"..\\evil", "x"}}));
        row("link", zipOf({{"link", "/etc/passwd", AE_IFLNK}}));
        row("twice", zipOf({{"a", "1"}, {"./a", "2"}}));
        row("too large",
            zipOf({{"a", std::string(600'000, '\0')}, {"b", std::string(600'000, 0)}}));
        std::vector<Item> many;
        for (int i = 0; i < 12; ++i)
            many.push_back({"f" + std::to_string(i), "x"});
        row("too many", zipOf(many));
    }
    void badArchiveIsRefused()
    {
        QFETCH(QByteArray, zip);
        const auto files = unpackZip(zip.toStdString(), {1'000'000, 10});
        QVERIFY(!files);
        QVERIFY(files.error().code == ErrorCode::RequestInvalid);
        QVERIFY(!files.error().detail.empty());
    }
};

QTEST_GUILESS_MAIN(TestArchive)
#include "tst_archive.moc"
