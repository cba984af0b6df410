#include "runtime-bridge/controllers/functionpackage.h"

#include <archive.h>
#include <archive_entry.h>

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace runtime;

namespace {

/// Path to contents, as another program unpacks it.
std::map<std::string, std::string> unpacked(const std::string &zip)
{
    std::map<std::string, std::string> files;
    archive *reader = archive_read_new();
    archive_read_support_format_zip(reader);
    archive_read_open_memory(reader, zip.data(), zip.size());
    archive_entry *entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        std::string bytes(std::size_t(archive_entry_size(entry)), '\0');
        archive_read_data(reader, bytes.data(), bytes.size());
        files[archive_entry_pathname(entry)] = bytes;
    }
    archive_read_free(reader);
    return files;
}

} // namespace

class TestFunctionPackage final : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    ApplicationFunction function(const QByteArray &text)
    {
        QFile file(m_folder.filePath(QStringLiteral("f.py")));
        [[maybe_unused]] const bool isOpen = file.open(QIODevice::WriteOnly);
        file.write(text);
        ApplicationFunction f;
        f.spec.name = "f";
        f.spec.runtime = "python3";
        f.spec.handler = "f.handler";
        f.spec.dialect = "aws";
        f.spec.environment = {{"A", "1"}};
        f.spec.triggers = {TimerTrigger{std::chrono::seconds(1)}};
        f.source = m_folder.filePath(QStringLiteral("f.py")).toStdString();
        return f;
    }

private Q_SLOTS:
    void sourceAndAdapterAreInTheZip()
    {
        const auto package = createPackage(function("def handler(e, c): return e\n"));
        QVERIFY(package);
        QCOMPARE(package->kind, std::string("python:3"));
        const auto files = unpacked(package->zip);
        QCOMPARE(files.size(), std::size_t(3));
        QCOMPARE(files.at("function/f.py"), std::string("def handler(e, c): return e\n"));
        QVERIFY(files.at("__main__.py").find("def main(params)") != std::string::npos);
        QVERIFY(files.at("edgewright-adapter.json").find("f.handler") != std::string::npos);
        QVERIFY(!package->findings.empty());
    }

    void digestChangesExactlyWithTheFunction()
    {
        const auto first = createPackage(function("a"));
        const auto same = createPackage(function("a"));
        const auto other = createPackage(function("b"));
        ApplicationFunction changed = function("a");
        changed.spec.environment["A"] = "2";
        const auto setting = createPackage(changed);
        QCOMPARE(first->digest, same->digest);
        QCOMPARE(first->zip, same->zip);
        QVERIFY(first->digest != other->digest);
        QVERIFY(first->digest != setting->digest);
        QVERIFY(first->bundle != setting->bundle);
    }

    void dialectThatTheAdapterCannotCallIsAnError()
    {
        ApplicationFunction other = function("def f(request): return 'x'\n");
        const auto hasError = [](const Result<FunctionPackage> &package) {
            return package && std::ranges::any_of(package->findings, [](const auto &finding) {
                       return finding.severity == PortabilityFinding::Severity::Error;
                   });
        };
        QVERIFY(!hasError(createPackage(other)));
        other.spec.dialect = "gcp";
        QVERIFY(hasError(createPackage(other)));
    }

    void missingSourceIsSaid()
    {
        ApplicationFunction missing = function("a");
        missing.source = m_folder.filePath(QStringLiteral("nothing")).toStdString();
        const auto package = createPackage(missing);
        QVERIFY(!package && package.error().code == ErrorCode::SourceMissing);
    }
};

QTEST_GUILESS_MAIN(TestFunctionPackage)
#include "tst_functionpackage.moc"
