#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "testpi.h"

#include <QFile>

using namespace std::chrono_literals;
using device::DeviceLink;
using device::Pusher;
using runtime::FunctionState;
using runtime::SensorTrigger;

/// A sensor of a device, the function that it makes run there, and the lamp that the function
/// switches. Packages: openssh-server, python3.
class tst_DeviceSensor : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPi> m_pi;
    std::unique_ptr<DeviceLink> m_link;
    QTemporaryDir m_state, m_source;

    /// "below" switches the lamp on, "above" off.
    [[nodiscard]] runtime::ApplicationFunction function(const SensorTrigger &trigger) const
    {
        QFile file(m_source.filePath(QStringLiteral("lamp.py")));
        if (file.open(QIODevice::WriteOnly))
            file.write("def handler(event, context):\n"
                       "    with open('/sys/class/leds/lamp/brightness', 'w') as lamp:\n"
                       "        lamp.write('1' if event['condition'] == 'below' else '0')\n"
                       "    return {'lux': event['value']}\n");
        runtime::ApplicationFunction function;
        function.spec.name = "lamp";
        function.spec.runtime = "python3";
        function.spec.handler = "lamp.handler";
        function.spec.dialect = "aws";
        function.spec.triggers = {trigger};
        function.source = m_source.path().toStdString();
        return function;
    }

    runtime::TriggerState triggerState()
    {
        const auto states = resultOf(m_link->client()->functions());
        if (states)
            for (const FunctionState &state : *states)
                if (state.spec.name == "lamp" && !state.triggers.empty())
                    return state.triggers.front();
        return {};
    }

    void push(const SensorTrigger &trigger)
    {
        Pusher pusher(m_link.get());
        const auto pushed = resultOf(pusher.push(function(trigger)));
        QVERIFY2(pushed && !pushed->error, pushed ? "" : pushed.error().detail.c_str());
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
        m_link = std::make_unique<DeviceLink>(
            m_pi->device(),
            DeviceLink::Options{QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), {}});
        m_link->open();
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), DeviceLink::State::Online, 20'000);
    }

    void cleanupTestCase()
    {
        m_link.reset();
        m_pi.reset();
    }

    void aHandOverTheSensorSwitchesTheLamp()
    {
        SensorTrigger trigger{"iio", "illuminance", "bh1750"};
        trigger.every = 20ms;
        trigger.below = 200;
        trigger.above = 300;
        push(trigger);
        QSignalSpy led(m_pi->pi.get(), &device::SimulatedPi::ledChanged);
        QVERIFY(!m_pi->pi->isLampOn());
        m_pi->pi->setCovered(true);
        QTRY_COMPARE_WITH_TIMEOUT(led.size(), 1, 20'000);
        QVERIFY(m_pi->pi->isLampOn());
        m_pi->pi->setCovered(false);
        QTRY_COMPARE_WITH_TIMEOUT(led.size(), 2, 20'000);
        QVERIFY(!m_pi->pi->isLampOn());
        const runtime::TriggerState state = triggerState();
        QVERIFY2(!state.failing, state.words.c_str());
        QVERIFY2(state.words.starts_with("looks at illuminance of bh1750 every 20 ms"),
                 state.words.c_str());
        QCOMPARE(state.errors, std::uint64_t(0));
    }

    void aSensorThatIsNotThereIsTold()
    {
        push({"iio", "pressure"});
        QTRY_VERIFY_WITH_TIMEOUT(triggerState().failing, 20'000);
        QCOMPARE(triggerState().words,
                 std::string("there is no iio sensor \"pressure\"; there are illuminance of "
                             "bh1750"));
    }
};

QTEST_GUILESS_MAIN(tst_DeviceSensor)
#include "tst_devicesensor.moc"
