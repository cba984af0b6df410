#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/entry.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>

using namespace runtime;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ApplicationFileTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { put("light.py", "def handler(event, context):\n    return 1\n"); }

    void theSampleReads()
    {
        const Result<Application> sample =
            loadApplication(EDGEWRIGHT_SOURCE_DIR "/resources/samples/night-light");
        QVERIFY2(sample, sample ? "" : sample.error().detail.c_str());
        QCOMPARE(sample->name, "porch-light");
        const ApplicationFunction *function = sample->function("night-light");
        QVERIFY(function);
        QCOMPARE(function->spec.runtime, "python3");
        QCOMPARE(function->spec.handler, "night_light.handler");
        QCOMPARE(function->spec.memoryBytes, 64u << 20);
        QCOMPARE(function->spec.environment.at("THRESHOLD"), "200");
        QCOMPARE(function->spec.triggers.size(), std::size_t(2));
        QCOMPARE(std::get<TimerTrigger>(function->spec.triggers[0]).every, 100ms);
        QCOMPARE(describe(function->spec.triggers[1]), "GET POST /light");
    }

    void problemsHaveAPlaceAndARemedy_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("message");
        QTest::newRow("unknown key")
            << "functions:\n  f: {source: light.py, timout: 3s}" << 2 << "did you mean \"timeout\"";
        QTest::newRow("bad duration")
            << "functions:\n  f:\n    source: light.py\n    timeout: fast" << 4 << "100ms";
        QTest::newRow("syntax") << "functions: {f: [}" << 1 << "";
        QTest::newRow("no such source") << "functions:\n  f: {source: none.py}" << 2 << "none.py";
        QTest::newRow("fast timer")
            << "functions:\n  f:\n    source: light.py\n    triggers:\n      - timer: {every: 1ms}"
            << 5 << "10ms";
        const auto alarm = [](const char *name, const char *text, const char *message) {
            QTest::newRow(name) << QStringLiteral("functions:\n  f:\n    source: light.py\n"
                                                  "    alarms:\n      - %1")
                                       .arg(QLatin1String(text))
                                << 5 << message;
        };
        alarm("alarm on nothing", "{on: failure, for: 1m}", "did you mean \"failures\"?");
        alarm("alarm without a thing", "{for: 1m}", "failures, duration or absence");
        alarm("alarm's share", "{on: failures, above: 5}", "a share such as 5%");
        alarm("alarm's whole share", "{on: failures, above: 100%}", "a share such as 5%");
        alarm("alarm's time", "{on: duration, above: 5%}", "a time such as 200ms");
        alarm("alarm without a time", "{on: duration}", "a time such as 200ms");
        alarm("alarm's window", "{on: failures, for: ever}", "30s, 1m or 2h");
        alarm("alarm's short window", "{on: failures, for: 10ms}", "from 1s to 7 days");
        alarm("absence above", "{on: absence, above: 5%, for: 1m}", "has no \"above\"");
        alarm("absence without a time", "{on: absence}", "30s, 1m or 2h");
        alarm("alarm's key", "{on: failures, window: 1m}", "unknown key \"window\"");
        alarm("alarm's action", "{on: failures, action: mail}", "{function: NAME}");
        alarm("alarm's kind of action", "{on: failures, action: {webhok: x}}", "\"webhook\"");
        alarm("alarm's TLS", "{on: failures, action: {webhook: 'https://a.b/'}}", "without TLS");
        alarm("alarm's address", "{on: failures, action: {webhook: here}}", "not \"here\"");
        alarm("alarm for itself", "{on: failures, action: {function: f}}", "another function");
        QTest::newRow("alarm for nobody") << "functions:\n  f:\n    source: light.py\n    alarms: "
                                             "[{on: failures, action: {function: g}}]"
                                          << 4 << "there is no such function";
        QTest::newRow("alarm twice")
            << "functions:\n  f:\n    source: light.py\n    alarms:\n      - {on: failures}\n"
               "      - {on: failures, action: {message: again}}"
            << 6 << "given twice";
        QTest::newRow("no list of alarms")
            << "functions:\n  f:\n    source: light.py\n    alarms: {on: failures}" << 4
            << "alarms is a list";
        QTest::newRow("unknown trigger")
            << "functions:\n  f:\n    source: light.py\n    triggers:\n      - tiner: {every: 1s}"
            << 5 << "did you mean \"timer\"";
        const QString mqtt = QStringLiteral(
            "functions:\n  f:\n    source: light.py\n    triggers:\n      - mqtt: {%1}");
        QTest::newRow("no broker") << mqtt.arg(QStringLiteral("topic: lux")) << 5 << "a broker";
        QTest::newRow("another scheme")
            << mqtt.arg(QStringLiteral("broker: 'http://pi', topic: lux")) << 5 << "mqtt://";
        QTest::newRow("bad port") << mqtt.arg(QStringLiteral("broker: 'pi:70000', topic: lux")) << 5
                                  << "mqtt://";
        QTest::newRow("no topic") << mqtt.arg(QStringLiteral("broker: pi")) << 5 << "a topic";
        QTest::newRow("part of a level")
            << mqtt.arg(QStringLiteral("broker: pi, topic: home/a+/lux")) << 5 << "whole levels";
        QTest::newRow("levels after the rest")
            << mqtt.arg(QStringLiteral("broker: pi, topic: 'home/#/lux'")) << 5 << "last level";
        QTest::newRow("qos 3") << mqtt.arg(QStringLiteral("broker: pi, topic: lux, qos: 3")) << 5
                               << "0 to 2";
        QTest::newRow("password without a user")
            << mqtt.arg(QStringLiteral("broker: pi, topic: lux, password: P")) << 5 << "user";
        const QString broker = QStringLiteral(
            "functions:\n  f:\n    source: light.py\n    triggers:\n      - %1: {%2}");
        for (const auto &[name, kind, settings, message] :
             {std::array{"no address", "rabbitmq", "queue: orders", "amqp://"},
              std::array{"another broker's scheme", "nats", "broker: 'amqp://pi', subject: a",
                         "nats://"},
              std::array{"a port too large", "kafka", "brokers: 'a:9092,b:99999', topic: t",
                         "an address"},
              std::array{"no queue", "rabbitmq", "broker: pi", "a queue is expected"},
              std::array{"an empty word", "nats", "broker: pi, subject: a..b", "dots between"},
              std::array{"part of a word", "nats", "broker: pi, subject: a.b*", "whole words"},
              std::array{"words after the rest", "nats", "broker: pi, subject: '>.a'", "last word"},
              std::array{"a topic with a blank", "kafka", "brokers: pi, topic: a b", "letters"},
              std::array{"a key of others", "rabbitmq", "broker: pi, queue: q, group: g",
                         "unknown key"},
              std::array{"prefetch 0", "nats", "broker: pi, subject: a, prefetch: 0", "1 to 1000"},
              std::array{"a group with dots", "kafka", "brokers: pi, topic: t, group: a.b",
                         "a group has"},
              std::array{"no table", "database", "url: 'sqlite:a.db'", "a table is expected"},
              std::array{"no database", "database", "channel: a", "an address"},
              std::array{"a channel of a file", "database",
                         "url: 'sqlite:a.db', table: t, channel: a", "unknown key"},
              std::array{"no file", "log", "match: x", "a file is expected"},
              std::array{"no pattern", "log", "file: a.log, match: 'a('", "regular expression"},
              std::array{"no sensor", "sensor", "every: 1s", "one of iio"},
              std::array{"two sensors", "sensor", "iio: temp, gpio: 17", "one of iio"},
              std::array{"a sensor's wrong kind", "sensor", "ioi: temp", "did you mean \"iio\""},
              std::array{"no channel", "sensor", "iio: ''", "a sensor has a name"},
              std::array{"a sensor's path", "sensor", "thermal: ../x", "without '/'"},
              std::array{"a sensor too often", "sensor", "iio: temp, every: 5ms", "every 10ms"},
              std::array{"a threshold's word", "sensor", "iio: temp, below: dark", "such as 200"},
              std::array{"no finite threshold", "sensor", "iio: temp, above: .inf", "such as 200"},
              std::array{"thresholds that meet", "sensor", "iio: temp, below: 30, above: 20",
                         "not less than"},
              std::array{"hysteresis alone", "sensor", "iio: temp, hysteresis: 2", "goes with"},
              std::array{"a change of nothing", "sensor", "iio: temp, change: 0", "more than 0"},
              std::array{"change and threshold", "sensor", "iio: temp, change: 1, below: 3",
                         "goes without"},
              std::array{"a line's threshold", "sensor", "gpio: 17, below: 1", "unknown key"},
              std::array{"a line's edge", "sensor", "gpio: 17, edge: raising",
                         "did you mean \"rising\""},
              std::array{"a password alone", "nats", "broker: pi, subject: a, password: P",
                         "user"}})
            QTest::newRow(name) << broker.arg(QLatin1String(kind), QLatin1String(settings)) << 5
                                << message;
        QTest::newRow("twice") << "functions:\n  f: {source: light.py}\n  f: {source: light.py}"
                               << 3 << "twice";
        QTest::newRow("outside") << "functions:\n  f: {source: ../x.py}" << 2 << "inside";
        QTest::newRow("not a map") << "- a\n- b" << 1 << "mapping";
        QTest::newRow("unknown runtime")
            << "functions:\n  f: {source: light.py, runtime: pyton3}" << 2 << "python3";
        QTest::newRow("unknown form")
            << "functions:\n  f: {source: light.py, form: htpp}" << 2 << "did you mean \"http\"";
        QTest::newRow("unknown dialect")
            << "functions:\n  f: {source: light.py, dialect: azur}" << 2 << "azure";
        QTest::newRow("empty") << "" << 0 << "mapping";
    }

    void problemsHaveAPlaceAndARemedy()
    {
        QFETCH(QString, text);
        QFETCH(int, line);
        QFETCH(QString, message);
        const ParsedApplication parsed = parseApplication(text.toStdString(), root());
        QVERIFY(!parsed.isUsable());
        const Problem &problem = parsed.problems.front();
        if (line > 0)
            QCOMPARE(problem.line, line);
        QVERIFY2(QString::fromStdString(problem.message).contains(message),
                 problem.message.c_str());
    }

    void sensorsAreRead()
    {
        const ParsedApplication parsed = parseApplication(
            "functions:\n  f:\n    source: light.py\n    triggers:\n"
            "      - sensor: {iio: illuminance, every: 50ms, below: 200}\n"
            "      - sensor: {gpio: 17, edge: both, pull: up, debounce: 5ms}\n"
            "      - sensor: {w1: 28-0316a2791234, every: 10s, change: 0.5}\n"
            "      - sensor: {thermal: cpu-thermal, below: 40, above: 70, hysteresis: 2}\n",
            root());
        QVERIFY2(parsed.isUsable(),
                 parsed.problems.empty() ? "" : parsed.problems.front().message.c_str());
        const std::vector<Trigger> &triggers = parsed.application.functions.front().spec.triggers;
        const auto &light = std::get<SensorTrigger>(triggers.at(0));
        QCOMPARE(light.every, 50ms);
        QCOMPARE(light.below.value(), 200.0);
        QVERIFY(!light.above);
        QCOMPARE(describe(triggers[0]), "illuminance below 200");
        QCOMPARE(describe(triggers[1]), "GPIO 17");
        QCOMPARE(describe(triggers[2]), "28-0316a2791234 changed by 0.5");
        QCOMPARE(describe(triggers[3]), "cpu-thermal below 40 or above 70");
        for (const Trigger &trigger : triggers) {
            QCOMPARE(kindOf(trigger), "sensor");
            QVERIFY(triggerFromJson(toJson(trigger)) == trigger); // over the wire
        }
    }

    void aFunctionHasItsForm()
    {
        for (const std::string_view name : functionFormNames()) {
            const std::string text =
                "functions:\n  f: {source: light.py, form: " + std::string(name) + "}";
            const ParsedApplication parsed = parseApplication(text, root());
            QVERIFY(parsed.isUsable());
            QCOMPARE(wireName(parsed.application.functions.front().spec.form), name);
        }
    }

    void theEntryIsFoundFromTheSource()
    {
        put("web/index.mjs", "export async function handler(event) { return 1 }");
        put("whisk.js", "function main(params) { return params }\nexports.main = main");
        QCOMPARE(findEntry(root() / "light.py")->handler, "light.handler");
        QCOMPARE(findEntry(root() / "web")->runtime, "nodejs");
        QCOMPARE(findEntry(root() / "web")->handler, "index.handler");
        QCOMPARE(findEntry(root() / "whisk.js")->dialect, "openwhisk");
        QCOMPARE(findEntry(root() / "none").error().code, ErrorCode::SourceMissing);
        put("two/index.js", "exports.handler = 1");
        put("two/main.py", "def main(x): pass");
        QCOMPARE(findEntry(root() / "two").error().code, ErrorCode::SourceAmbiguous);
    }

    void aBundleIsNamedByItsContents()
    {
        put("f/a.py", "def handler(e, c): return 1");
        put("f/lib/b.py", "x = 1");
        put("f/.git/config", "left out");
        put("f/__pycache__/a.pyc", "left out");
        FunctionSpec spec;
        spec.name = "f";
        spec.runtime = "python3";
        spec.handler = "a.handler";
        const Result<Manifest> first = scanBundle(spec, root() / "f");
        QVERIFY(first);
        QCOMPARE(first->files.size(), std::size_t(2));
        QCOMPARE(first->files[1].path, "lib/b.py");
        const std::string name = bundleDigest(*first);
        QCOMPARE(bundleDigest(scanBundle(spec, root() / "f").value()), name);
        put("f/lib/b.py", "x = 2");
        QVERIFY(bundleDigest(scanBundle(spec, root() / "f").value()) != name);
        put("f/lib/b.py", "x = 1");
        spec.environment["A"] = "1";
        QVERIFY(bundleDigest(scanBundle(spec, root() / "f").value()) != name);
    }

    void aLinkOutOfTheFolderIsRefused()
    {
        put("linked/a.py", "def handler(e, c): return 1");
        fs::create_symlink("/etc/passwd", root() / "linked/secret");
        QVERIFY(!scanBundle({}, root() / "linked"));
    }

private:
    fs::path root() const { return m_folder.path().toStdString(); }
    void put(const char *path, const char *text) { QVERIFY(writeFile(root() / path, text)); }
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(ApplicationFileTest)
#include "tst_applicationfile.moc"
