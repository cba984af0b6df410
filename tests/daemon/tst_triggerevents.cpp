#include "runtime-bridge/daemon/triggers/triggerevent.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace runtime;
using nlohmann::json;

/// The events that `edgewright fire --show` prints, in the shape of each cloud.
class TestTriggerEvents : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void samplesHaveTheShapeOfTheirCloud_data();
    void samplesHaveTheShapeOfTheirCloud();
    void aStreamsSampleNamesIt();
    void linesHaveTheShapeOfTheirCloud();
    void sensorsHaveAShapeOfTheirOwn();
};

void TestTriggerEvents::samplesHaveTheShapeOfTheirCloud_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *kind, const char *dialect, const char *pointer,
                        const char *expected) {
        QTest::addRow("%s %s %s", kind, dialect, pointer)
            << QString::fromLatin1(kind) << QString::fromLatin1(dialect)
            << QString::fromLatin1(pointer) << QString::fromLatin1(expected);
    };
    for (const char *aws : {"aws", "serverless-framework", "custom"}) {
        row("kafka", aws, "/records/orders-0/0/value", "\"eyJoZWxsbyI6IndvcmxkIn0=\"");
        row("rabbitmq", aws, "/rmqMessagesByQueue/orders::~1/0/basicProperties/bodySize", "17");
        row("nats", aws, "/payload/hello", "\"world\"");
        row("database", aws, "/channel", "\"orders\"");
    }
    for (const char *other : {"openfaas", "kubeless", "alibaba"}) {
        row("kafka", other, "/payload/hello", "\"world\"");
        row("rabbitmq", other, "/queue", "\"orders\"");
        row("nats", other, "/subject", "\"orders\"");
    }
    for (const char *cloudEvents : {"gcp", "knative"}) {
        row("kafka", cloudEvents, "/subject", "\"partition:0#0\"");
        row("kafka", cloudEvents, "/type", "\"dev.knative.kafka.event\"");
        row("rabbitmq", cloudEvents, "/data/hello", "\"world\"");
        row("nats", cloudEvents, "/source", "\"nats:orders\"");
    }
    row("kafka", "openwhisk", "/messages/0/topic", "\"orders\"");
    row("kafka", "tencent", "/Records/0/Ckafka/msgBody", R"("{\"hello\":\"world\"}")");
    row("kafka", "cloudbase", "/Records/0/Ckafka/partition", "0");
    row("kafka", "azure", "/Topic", "\"orders\"");
    row("rabbitmq", "azure", "/hello", "\"world\"");
}

void TestTriggerEvents::samplesHaveTheShapeOfTheirCloud()
{
    QFETCH(QString, kind);
    QFETCH(QString, dialect);
    QFETCH(QString, pointer);
    QFETCH(QString, expected);
    const BrokerTrigger trigger{kind.toStdString(), "127.0.0.1", "orders"};
    const std::string event = triggerEvent(trigger, dialect.toStdString(), "f");
    const json::json_pointer place(pointer.toStdString());
    QVERIFY2(json::parse(event).contains(place), event.c_str());
    QCOMPARE(json::parse(event)[place].dump(), expected.toStdString());
}

void TestTriggerEvents::aStreamsSampleNamesIt()
{
    BrokerTrigger trigger{"nats", "127.0.0.1", "orders.*.>"};
    QVERIFY(!json::parse(triggerEvent(trigger, "openfaas", "f")).contains("stream"));
    trigger.stream = "ORDERS";
    const json event = json::parse(triggerEvent(trigger, "openfaas", "f"));
    QCOMPARE(event["stream"].get<std::string>(), std::string("ORDERS"));
    QCOMPARE(event["sequence"].get<int>(), 1);
    QCOMPARE(event["subject"].get<std::string>(), std::string("orders.example.example"));
}

void TestTriggerEvents::linesHaveTheShapeOfTheirCloud()
{
    const LogTrigger trigger{"/var/log/app.log"};
    const json aws = json::parse(triggerEvent(trigger, "aws", "f"));
    // "H4sI" begins gzip's bytes in base64; tst_logs unpacks them.
    QVERIFY(aws["awslogs"]["data"].get<std::string>().starts_with("H4sI"));
    const json cloudEvent = json::parse(triggerEvent(trigger, "knative", "f"));
    QCOMPARE(cloudEvent["source"].get<std::string>(), std::string("file:///var/log/app.log"));
    const json own = json::parse(triggerEvent(trigger, "openfaas", "f"));
    QCOMPARE(own["file"].get<std::string>(), trigger.file);
    QVERIFY(own["line"].is_string() && own["offset"].is_number());
    const SqliteTrigger rows{"/var/lib/app.db", "orders"};
    QCOMPARE(json::parse(triggerEvent(rows, "aws", "f"))["table"].get<std::string>(), rows.table);
    QCOMPARE(json::parse(triggerEvent(rows, "gcp", "f"))["subject"].get<std::string>(),
             std::string("orders/1"));
}

void TestTriggerEvents::sensorsHaveAShapeOfTheirOwn()
{
    SensorTrigger trigger{"iio", "illuminance"};
    trigger.below = 200;
    const json own = json::parse(triggerEvent(trigger, "aws", "f"));
    QCOMPARE(own["channel"].get<std::string>(), trigger.channel);
    QCOMPARE(own["condition"].get<std::string>(), std::string("below"));
    QVERIFY(own["value"].get<double>() < 200);
    const json cloudEvent = json::parse(triggerEvent(trigger, "gcp", "f"));
    QCOMPARE(cloudEvent["type"].get<std::string>(), std::string("local.sensor.below"));
    QCOMPARE(cloudEvent["data"]["kind"].get<std::string>(), trigger.kind);
    trigger = {"gpio", "17"};
    trigger.edge = "falling";
    const json edge = json::parse(triggerEvent(trigger, "openfaas", "f"));
    QCOMPARE(edge["condition"].get<std::string>(), std::string("falling"));
    QCOMPARE(edge["value"].get<int>(), 0);
}

QTEST_APPLESS_MAIN(TestTriggerEvents)
#include "tst_triggerevents.moc"
