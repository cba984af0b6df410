#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/applicationwriter.h"
#include "runtime-bridge/function/importers/schedule.h"
#include "runtime-bridge/function/openapplication.h"

#include <QTemporaryDir>
#include <QTest>

#include <chrono>

using namespace runtime;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const fs::path data = EDGEWRIGHT_SOURCE_DIR "/tests/function/data";

/// The application as our own file, then what was found, a line each.
std::string dumpOf(const ParsedApplication &parsed)
{
    std::string text = parsed.isUsable() ? applicationText(parsed.application) : "";
    text += "---\n";
    for (const Problem &problem : parsed.problems)
        text += fs::path(problem.file).lexically_relative(parsed.file.parent_path()).string() +
                ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column) +
                (problem.warning ? ": " : ": error: ") + problem.message + '\n';
    return text;
}

} // namespace

/// data/<tool>/<case>/ holds a folder as its tool's users have it; "expected.txt" there is what is
/// read from it.
class ImportersTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFolderIsReadAsItIs_data()
    {
        QTest::addColumn<QString>("folder");
        for (const fs::directory_entry &tool : fs::directory_iterator(data))
            for (const fs::directory_entry &item : fs::directory_iterator(tool.path()))
                QTest::newRow(item.path().lexically_relative(data).c_str())
                    << QString::fromStdString(item.path().string());
    }

    void everyFolderIsReadAsItIs()
    {
        QFETCH(QString, folder);
        const fs::path path = folder.toStdString();
        const Result<std::string> expected = readFile(path / "expected.txt");
        const Result<ParsedApplication> parsed = openApplication(path);
        const std::string found =
            parsed ? dumpOf(*parsed) : std::string(wireName(parsed.error().code)) + '\n';
        if (qEnvironmentVariableIsSet("EW_WRITE_EXPECTED"))
            QVERIFY(writeFile(path / "expected.txt", found));
        else
            QCOMPARE(QString::fromStdString(found), QString::fromStdString(expected.value_or("")));
        if (!parsed || !parsed->isUsable())
            return;
        const ParsedApplication again =
            parseApplication(applicationText(parsed->application), path);
        QCOMPARE(QString::fromStdString(dumpOf(again)),
                 QString::fromStdString(applicationText(parsed->application) + "---\n"));
        for (std::size_t i = 0; i < again.application.functions.size(); ++i)
            QVERIFY(again.application.functions[i].spec == parsed->application.functions[i].spec);
    }

    void schedulesAreUnderstood_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *kind, const char *given, const char *expected) {
            QTest::addRow("%s %s", kind, given)
                << QString::fromUtf8(kind) << QString::fromUtf8(given)
                << QString::fromUtf8(expected);
        };
        row("aws", "rate(1 minute)", "60000");
        row("aws", "rate(3 days)", "259200000");
        row("aws", "rate(0 days)", "\"rate(5 minutes)\" is expected");
        row("aws", "cron(0 10 ? * MON-FRI *)", "0 10 * * MON-FRI");
        row("aws", "cron(0/15 8-18 ? * 2-6/2 *)", "0/15 8-18 * * 1-5/2");
        row("aws", "cron(0 10 L * ? *)", "\"L\" has no meaning here");
        row("aws", "cron(0 10 ? * 6#3 *)", "\"6#3\" has no meaning here");
        row("aws", "cron(0 10 * * ? 2030)", "a cron expression has no year here");
        row("aws", "at(2030-01-01T00:00:00)", "\"rate(…)\" or \"cron(…)\" is expected");
        row("unix", "*/5 * * * *", "*/5 * * * *");
        row("unix", "@daily", "0 0 * * *");
        row("unix", "@every 1h30m", "5400000");
        row("unix", "* * *", "five fields are expected");
        row("unix", "* * * * FRU", "\"FRU\" has no meaning here");
        row("seconds", "0 */5 * * * *", "*/5 * * * *");
        row("seconds", "*/30 * * * * *", "30000");
        row("seconds", "0 0 9 * * MON *", "0 9 * * MON");
        row("seconds", "00:05:00", "300000");
        row("seconds", "CRON_TZ=Asia/Shanghai 0 30 4 * * *", "30 4 * * * Asia/Shanghai");
        row("seconds", "@every 3m", "180000");
        row("seconds", "5 0 9 * * *", "seconds beside other fields cannot be given here");
    }

    void schedulesAreUnderstood()
    {
        QFETCH(QString, kind);
        QFETCH(QString, given);
        QFETCH(QString, expected);
        const std::string text = given.toStdString();
        const Result<importers::Schedule> schedule =
            kind == QStringLiteral("aws")    ? importers::scheduleFromAws(text)
            : kind == QStringLiteral("unix") ? importers::scheduleFromUnix(text)
                                             : importers::scheduleWithSeconds(text);
        std::string found;
        if (!schedule)
            found = schedule.error().detail;
        else if (schedule->every > 0ms)
            found = std::to_string(schedule->every.count());
        else
            found = schedule->cron + (schedule->zone.empty() ? "" : " " + schedule->zone);
        QCOMPARE(QString::fromStdString(found), expected);
    }

    void ourOwnFileComesFirst()
    {
        put("serverless.yml",
            "service: other\nprovider: aws\nfunctions: {a: {handler: a.handler}}\n");
        put("a.js", "exports.handler = () => 1;");
        QCOMPARE(applicationFileOf(root()).filename().string(), "serverless.yml");
        QCOMPARE(loadApplication(root())->name, "other");
        put("edgewright.yaml", "application: ours\nfunctions: {a: {source: a.js}}\n");
        QCOMPARE(applicationFileOf(root()).filename().string(), "edgewright.yaml");
        QCOMPARE(loadApplication(root())->name, "ours");
    }

    void aProgramIsNotReadAndSaidSo()
    {
        QTemporaryDir folder;
        QVERIFY(writeFile(folder.filePath(QStringLiteral("serverless.ts")).toStdString(), "x"));
        const Result<Application> application = loadApplication(folder.path().toStdString());
        QCOMPARE(application.error().code, ErrorCode::ApplicationMissing);
        QVERIFY(application.error().detail.find("serverless print") != std::string::npos);
    }

    void whatMultipliesIsStopped()
    {
        std::string text = "service: x\nprovider: {name: aws}\ncustom:\n  a0: [1, 2, 3, 4]\n";
        for (int i = 1; i < 18; ++i) {
            const std::string before = "${self:custom.a" + std::to_string(i - 1) + "}";
            text += "  a" + std::to_string(i) + ": [";
            for (int k = 0; k < 8; ++k)
                text += (k ? ", \"" : "\"") + before + "\"";
            text += "]\n";
        }
        text += "functions: {f: {handler: \"${self:custom.a17}\"}}\n";
        put("many/serverless.yml", text.c_str());
        const Result<ParsedApplication> parsed = openApplication(root() / "many");
        QVERIFY(parsed && !parsed->isUsable());
        std::string aliases = "a: &a0 [x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 12; ++i) {
            const std::string before = "*a" + std::to_string(i - 1);
            aliases += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
            for (int k = 0; k < 8; ++k)
                aliases += ", " + before;
            aliases += "]\n";
        }
        put("aliases/serverless.yml", aliases.c_str());
        const Result<ParsedApplication> laughing = openApplication(root() / "aliases");
        QVERIFY(laughing &&
                laughing->problems.front().message.find("200,000") != std::string::npos);
    }

    void writtenTextsComeBack_data()
    {
        QTest::addColumn<QString>("value");
        for (const char *value : {"", "yes", "0x10", "1e3", "a: b", "- x", "\"'\\", "new\nline\t",
                                  "null", "#x", "é 你好", "\x01", "{a}", "${x}", "~", " lead"})
            QTest::newRow(qPrintable(QString::fromUtf8(value))) << QString::fromUtf8(value);
    }

    void writtenTextsComeBack()
    {
        QFETCH(QString, value);
        put("text/light.py", "def handler(event, context):\n    return 1\n");
        Application application;
        application.name = "yes";
        application.folder = root() / "text";
        FunctionSpec spec;
        spec.name = "1";
        spec.application = "yes";
        spec.runtime = "python3";
        spec.handler = "light.handler";
        spec.dialect = "aws";
        spec.timeout = 1500ms;
        spec.memoryBytes = (64u << 20) + 1;
        spec.temporaryBytes = 3u << 20;
        spec.instances = {1, 2, 3500ms};
        spec.environment = {{"VALUE", value.toStdString()}, {"no", "on"}};
        spec.readingsFromLog = false;
        spec.triggers = {TimerTrigger{70ms},
                         HttpTrigger{"/{a}/'b'", {"GET"}},
                         MqttTrigger{"mqtt://[::1]:1884", "home/+/#", 2, "yes", "no", {5, 20ms}},
                         BrokerTrigger{"rabbitmq",
                                       "amqp://pi:5673/shop",
                                       "or: ders",
                                       "",
                                       "",
                                       7,
                                       "null",
                                       "RABBIT",
                                       {5, 20ms}},
                         BrokerTrigger{"nats", "nats://pi", "a.*.>", "group", "STREAM"},
                         BrokerTrigger{"database", "postgresql://pi/shop", "new \"orders\"", "", "",
                                       7, "lamp", "PASSWORD"},
                         BrokerTrigger{"kafka", "pi:9092,[::1]:9093", "orders", "yes"},
                         SqliteTrigger{"/var/lib/a b.db", "my \"orders", "", {5, 20ms}},
                         LogTrigger{"/var/log/a b.log", "\\[(WARN|ERROR)\\]: \"#", {5, 20ms}},
                         SensorTrigger{"iio", "illuminance", "bh1750", 50ms, -0.1, 220.25, 20},
                         SensorTrigger{"hwmon", "Core \"1", "", 10s, {}, {}, 0, 0.5},
                         SensorTrigger{"gpio", "17", "", 1s, {}, {}, 0, 0, "falling", "up", 5ms},
                         SensorTrigger{"gpio", "yes"}};
        spec.alarms = {{AlarmKind::Failures, 0.025, 0ms, 1min, value.toStdString(), {}, {}},
                       {AlarmKind::Duration, 0, 1500ms, 90s, {}, "http://[::1]:9093/a?b=c", {}},
                       {AlarmKind::Absence, 0, 0ms, 2h, {}, {}, "other"}};
        application.functions.push_back({spec, application.folder / "light.py"});
        FunctionSpec other = spec;
        other.name = "other";
        other.alarms.clear();
        application.functions.push_back({other, application.folder / "light.py"});
        application.targets.push_back({"pi", "device", {{"address", "pi@porch.local"}}});
        const ParsedApplication again =
            parseApplication(applicationText(application), application.folder);
        QVERIFY2(again.isUsable(), dumpOf(again).c_str());
        QVERIFY(again.application.functions.front().spec == spec);
        QCOMPARE(again.application.targets.front().settings.at("address"), "pi@porch.local");
    }

private:
    fs::path root() const { return m_folder.path().toStdString(); }
    void put(const char *path, const char *text) { QVERIFY(writeFile(root() / path, text)); }
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(ImportersTest)
#include "tst_importers.moc"
