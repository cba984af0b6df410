#include "tests/daemon/triggertest.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <nlohmann/json.hpp>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// The brokers that librdkafka brings for tests: real ones as far as the protocol goes, on ports of
/// this computer, with groups and committed offsets.
class KafkaCluster
{
public:
    ~KafkaCluster() { stop(); }

    bool start()
    {
        m_owner = createClient("127.0.0.1:1");
        m_cluster = m_owner ? rd_kafka_mock_cluster_new(m_owner, 1) : nullptr;
        return m_cluster != nullptr;
    }

    void stop()
    {
        if (m_cluster)
            rd_kafka_mock_cluster_destroy(std::exchange(m_cluster, nullptr));
        if (m_owner)
            rd_kafka_destroy(std::exchange(m_owner, nullptr));
    }

    bool createTopic(const char *topic, int partitions)
    {
        return rd_kafka_mock_topic_create(m_cluster, topic, partitions, 1) ==
               RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    void setDown(bool down)
    {
        if (down)
            rd_kafka_mock_broker_set_down(m_cluster, 1);
        else
            rd_kafka_mock_broker_set_up(m_cluster, 1);
    }

    /// True once the broker has them.
    bool produce(const char *topic, int partition, const std::vector<QByteArray> &values)
    {
        rd_kafka_t *producer = createClient(address());
        for (const QByteArray &value : values)
            if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic),
                                  RD_KAFKA_V_PARTITION(partition),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY("k1", 2),
                                  RD_KAFKA_V_VALUE(const_cast<char *>(value.constData()),
                                                   std::size_t(value.size())),
                                  RD_KAFKA_V_HEADER("kind", "test", 4),
                                  RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return false;
        const bool done = rd_kafka_flush(producer, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_destroy(producer);
        return done;
    }

    [[nodiscard]] std::string address() const
    {
        return rd_kafka_mock_cluster_bootstraps(m_cluster);
    }

private:
    static rd_kafka_t *createClient(const std::string &brokers)
    {
        rd_kafka_conf_t *settings = rd_kafka_conf_new();
        rd_kafka_conf_set(settings, "bootstrap.servers", brokers.c_str(), nullptr, 0);
        rd_kafka_conf_set(settings, "log_level", "0", nullptr, 0);
        return rd_kafka_new(RD_KAFKA_PRODUCER, settings, nullptr, 0);
    }

    rd_kafka_t *m_owner = nullptr;
    rd_kafka_mock_cluster_t *m_cluster = nullptr;
};

class TestKafka : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aMessageIsAnEvent();
    void awsGetsItsOwnShape();
    void nothingIsLostThroughKills();
    void aBrokerThatComesBackIsFoundAgain();
    void whatFailsIsTriedAgainAndKeptAside();
    void troubleIsTold();

private:
    [[nodiscard]] BrokerTrigger trigger() const
    {
        BrokerTrigger wanted{"kafka", m_cluster.address(), "orders"};
        wanted.group = "tests";
        return wanted;
    }

    KafkaCluster m_cluster;
};

void TestKafka::init()
{
    QVERIFY(m_cluster.start());
    QVERIFY(m_cluster.createTopic("orders", 2));
    startRuntime();
}

void TestKafka::cleanup()
{
    endRuntime();
    m_cluster.stop();
}

void TestKafka::aMessageIsAnEvent()
{
    QVERIFY(m_cluster.produce("orders", 0, {"before"})); // is for the group too
    QVERIFY_OK(arm(trigger()));
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(m_cluster.produce("orders", 1, {"{\"item\": 7}", QByteArray("\xff\x00", 2)}));
    QVERIFY(waitForSuccesses(3));
    std::vector<json> ofOne;
    for (const Invocation &invocation : seen)
        if (const json event = json::parse(invocation.event); event["partition"] == 1)
            ofOne.push_back(event);
    QCOMPARE(ofOne.size(), std::size_t(2));
    QCOMPARE(seen[0].trigger, std::string("kafka"));
    QCOMPARE(ofOne[0]["topic"].get<std::string>(), std::string("orders"));
    QCOMPARE(ofOne[0]["offset"].get<int>(), 0);
    QCOMPARE(ofOne[0]["key"].get<std::string>(), std::string("k1"));
    QCOMPARE(ofOne[0]["headers"][0]["kind"].get<std::string>(), std::string("test"));
    QCOMPARE(ofOne[0]["payload"]["item"].get<int>(), 7);
    QCOMPARE(ofOne[1]["offset"].get<int>(), 1);
    QCOMPARE(ofOne[1]["payloadBase64"].get<std::string>(), std::string("/wA="));
}

void TestKafka::awsGetsItsOwnShape()
{
    QVERIFY_OK(arm(trigger(), {}, "aws"));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_cluster.produce("orders", 1, {"hello"}));
    QVERIFY(waitForSuccesses(1));
    const json event = json::parse(seen[0].event);
    QCOMPARE(event["eventSource"].get<std::string>(), std::string("SelfManagedKafka"));
    QCOMPARE(event["bootstrapServers"].get<std::string>(), m_cluster.address());
    const json record = event["records"]["orders-1"][0];
    QCOMPARE(record["value"].get<std::string>(), std::string("aGVsbG8="));
    QCOMPARE(record["key"].get<std::string>(), std::string("azE="));
    QCOMPARE(record["timestampType"].get<std::string>(), std::string("CREATE_TIME"));
    QCOMPARE(record["headers"].dump(), std::string(R"([{"kind":[116,101,115,116]}])"));
}

void TestKafka::nothingIsLostThroughKills()
{
    const BrokerTrigger wanted = trigger();
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitUntilConnected());
    int next = 0;
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = noted().size();
        for (int partition = 0; partition < 2; ++partition) {
            std::vector<QByteArray> values;
            for (int i = 0; i < 50; ++i)
                values.push_back(QByteArray::number(next++));
            QVERIFY(m_cluster.produce("orders", partition, values));
        }
        QVERIFY(QTest::qWaitFor([&] { return noted().size() > before + 5; }, 60'000));
        restartRuntime();
        QVERIFY(m_cluster.produce("orders", 0, {QByteArray::number(next++)}));
    }
    const std::string missing = waitForAll("payload", next);
    QVERIFY2(missing.empty(), missing.c_str());
    // What was kept is not read again by who comes next.
    QVERIFY(waitUntilConnected());
    QTRY_COMPARE_WITH_TIMEOUT(queue().waiting + queue().taken, std::uint64_t(0), 60'000);
}

void TestKafka::aBrokerThatComesBackIsFoundAgain()
{
    QVERIFY_OK(arm(trigger()));
    QVERIFY(waitUntilConnected());
    m_cluster.setDown(true);
    QVERIFY2(waitForTrouble("no Kafka broker answers there"), state().words.c_str());
    m_cluster.setDown(false);
    QVERIFY2(waitUntilConnected(), state().words.c_str());
    QVERIFY(m_cluster.produce("orders", 0, {"1"}));
    QVERIFY(waitForSuccesses(1));
}

void TestKafka::whatFailsIsTriedAgainAndKeptAside()
{
    BrokerTrigger wanted = trigger();
    wanted.retry = {2, 20ms};
    QVERIFY_OK(arm(wanted));
    QVERIFY(waitUntilConnected());
    QVERIFY(m_cluster.produce("orders", 0, {"bad", "good"}));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 60'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
    QCOMPARE(queue().waiting, std::uint64_t(0));
}

void TestKafka::troubleIsTold()
{
    BrokerTrigger wanted = trigger();
    wanted.broker = "127.0.0.1:" + std::to_string(tests::freePort());
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("no Kafka broker answers there"), state().words.c_str());
}

QTEST_GUILESS_MAIN(TestKafka)
#include "tst_kafka.moc"
