#include "runtime-bridge/daemon/triggers/linesensor.h"
#include "runtime-bridge/daemon/triggers/polledsensor.h"
#include "tests/daemon/sensortest.h"

#include <nlohmann/json.hpp>

#include <sys/fsuid.h>
#include <sys/stat.h>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// Sensors as the kernel shows them below /sys, here in a folder that this test makes.
class TestSensors : public tests::SensorTest
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }
    void eachKindHasItsValue_data();
    void eachKindHasItsValue();
    void aThresholdFiresOnceUntilTheValueCameBack();
    void bothThresholdsAreTold();
    void aChangeIsCountedFromTheLastOneTold();
    void thresholdsAreNotLostWhileTheFunctionRuns();
    void samplesOfABusyFunctionAreOverruns();
    void aFrozenFunctionHearsOfWhatHoldsThen();
    void aMissingSensorIsExplained_data();
    void aMissingSensorIsExplained();
    void aSensorThatAppearsServes();
    void aSensorThatComesBackUnderAnotherNumberServes();
    void whatMayNotBeReadHasARemedy();
    void aFaultyOneWireBusIsTold();
    void aSlowSensorHoldsNobodyUp();
    void aSensorThatHangsIsLeft();

private:
    void makeLight(const char *raw = "300")
    {
        write("bus/iio/devices/iio:device0/name", "bh1750\n");
        write("bus/iio/devices/iio:device0/in_illuminance_raw", raw);
        write("bus/iio/devices/iio:device0/in_illuminance_scale", "0.833000\n");
    }
    void setLight(const char *raw)
    {
        replace("bus/iio/devices/iio:device0/in_illuminance_raw", raw);
    }
    static SensorTrigger light()
    {
        SensorTrigger trigger{"iio", "illuminance"};
        trigger.every = 10ms;
        return trigger;
    }
    void arm(const SensorTrigger &trigger)
    {
        start([&](TriggerContext context) {
            return std::make_shared<PolledSensor>(std::move(context), trigger, folder());
        });
    }
    /// Long enough for what would come to come.
    static void letTimePass() { QTest::qWait(150); }
};

void TestSensors::eachKindHasItsValue_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("channel");
    QTest::addColumn<QString>("device");
    QTest::addColumn<QByteArrayList>("files"); // name, text, …
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *kind, const char *channel, const char *device,
                        const QByteArrayList &files, const char *expected) {
        QTest::newRow(name) << QString::fromLatin1(kind) << QString::fromLatin1(channel)
                            << QString::fromLatin1(device) << files << QString::fromUtf8(expected);
    };
    const QByteArray iio = "bus/iio/devices/iio:device";
    row("scale", "iio", "illuminance", "",
        {iio + "0/name", "bh1750\n", iio + "0/in_illuminance_raw", "223\n",
         iio + "0/in_illuminance_scale", "0.833000\n"},
        R"(["illuminance","bh1750",185.759,"lx",223])");
    row("offset", "iio", "temp", "",
        {iio + "0/name", "hdc100x\n", iio + "0/in_temp_raw", "25984\n", iio + "0/in_temp_offset",
         "-15887.515151\n", iio + "0/in_temp_scale", "2.517700195\n"},
        R"(["temp","hdc100x",25.4199219,"°C",25984])");
    row("processed", "iio", "pressure", "bmp280",
        {iio + "0/name", "other\n", iio + "0/in_pressure_input", "1\n", iio + "1/name", "bmp280\n",
         iio + "1/in_pressure_input", "101.325\n", iio + "1/in_pressure_raw", "7\n"},
        R"(["pressure","bmp280",101.325,"kPa",101.325])");
    row("scale of all channels", "iio", "voltage1", "",
        {iio + "0/name", "ads1015\n", iio + "0/in_voltage0_raw", "1\n", iio + "0/in_voltage1_raw",
         "1100\n", iio + "0/in_voltage_scale", "3\n"},
        R"(["voltage1","ads1015",3.3,"V",1100])");
    row("numbered alone", "iio", "illuminance", "",
        {iio + "0/name", "tsl2563\n", iio + "0/in_illuminance0_input", "42\n"},
        R"(["illuminance0","tsl2563",42,"lx",42])");
    row("label", "hwmon", "Core 1", "",
        {"class/hwmon/hwmon10/name", "other\n", "class/hwmon/hwmon2/name", "coretemp\n",
         "class/hwmon/hwmon2/temp3_input", "51500\n", "class/hwmon/hwmon2/temp3_label", "Core 1\n"},
        R"(["temp3","coretemp",51.5,"°C",51500])");
    row("voltage", "hwmon", "in0", "rpi_volt",
        {"class/hwmon/hwmon1/name", "other\n", "class/hwmon/hwmon1/in0_input", "1\n",
         "class/hwmon/hwmon2/name", "rpi_volt\n", "class/hwmon/hwmon2/in0_input", "4970\n"},
        R"(["in0","rpi_volt",4.97,"V",4970])");
    row("thermal", "thermal", "cpu-thermal", "",
        {"class/thermal/thermal_zone0/type", "gpu\n", "class/thermal/thermal_zone0/temp", "1\n",
         "class/thermal/thermal_zone1/type", "cpu-thermal\n", "class/thermal/thermal_zone1/temp",
         "48312\n"},
        R"(["cpu-thermal","thermal_zone1",48.312,"°C",48312])");
    row("1-wire", "w1", "28-*", "",
        {"bus/w1/devices/w1_bus_master1/w1_master_slave_count", "1\n",
         "bus/w1/devices/28-0316a2791234/temperature", "23125\n",
         "bus/w1/devices/28-0316a2791234/w1_slave", "garbled"},
        R"(["28-0316a2791234","28-0316a2791234",23.125,"°C",23125])");
    row("1-wire of older kernels", "w1", "28-0316a2791234", "",
        {"bus/w1/devices/28-0316a2791234/w1_slave",
         "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=-1250\n"},
        R"(["28-0316a2791234","28-0316a2791234",-1.25,"°C",-1250])");
}

void TestSensors::eachKindHasItsValue()
{
    QFETCH(QString, kind);
    QFETCH(QString, channel);
    QFETCH(QString, device);
    QFETCH(QByteArrayList, files);
    QFETCH(QString, expected);
    for (qsizetype i = 0; i < files.size(); i += 2)
        write(files[i].constData(), files[i + 1]);
    SensorTrigger trigger{kind.toStdString(), channel.toStdString(), device.toStdString()};
    trigger.change = 1;
    arm(trigger);
    QVERIFY2(waitForEvents(1), state().words.c_str());
    const json event = events()[0];
    const json told{event["channel"], event["device"], event["value"], event["unit"], event["raw"]};
    QCOMPARE(QString::fromStdString(told.dump()), expected);
    QCOMPARE(event["kind"].get<std::string>(), trigger.kind);
    QCOMPARE(event["condition"].get<std::string>(), std::string("change"));
    QVERIFY(std::abs(QDateTime::currentMSecsSinceEpoch() - event["timestamp"].get<qint64>()) <
            60'000);
    QVERIFY(state().words.starts_with("looks at " + event["channel"].get<std::string>() + " of "));
}

void TestSensors::aThresholdFiresOnceUntilTheValueCameBack()
{
    makeLight(); // 249.9 lx
    SensorTrigger trigger = light();
    trigger.below = 200;
    trigger.hysteresis = 20;
    arm(trigger);
    letTimePass();
    QVERIFY(events().empty());
    setLight("230"); // 191.6
    QVERIFY(waitForEvents(1));
    setLight("200"); // 166.6
    letTimePass();
    setLight("250"); // 208.3: within the hysteresis
    letTimePass();
    setLight("230");
    letTimePass();
    QCOMPARE(events().size(), std::size_t(1));
    setLight("270"); // 224.9
    letTimePass();
    QCOMPARE(events().size(), std::size_t(1));
    setLight("230");
    QVERIFY(waitForEvents(2));
    QCOMPARE(events()[1]["condition"].get<std::string>(), std::string("below"));
    QCOMPARE(events()[1]["value"].get<double>(), 191.59);
}

void TestSensors::bothThresholdsAreTold()
{
    makeLight("100"); // 83.3: it is dark when it begins
    SensorTrigger trigger = light();
    trigger.below = 200;
    trigger.above = 220;
    arm(trigger);
    QVERIFY(waitForEvents(1));
    setLight("300");
    QVERIFY(waitForEvents(2));
    setLight("250"); // between them
    letTimePass();
    setLight("100");
    QVERIFY(waitForEvents(3));
    std::string all;
    for (const json &event : events())
        all += event["condition"].get<std::string>() + ' ';
    QCOMPARE(all, std::string("below above below "));
}

void TestSensors::aChangeIsCountedFromTheLastOneTold()
{
    write("class/thermal/thermal_zone0/type", "cpu-thermal\n");
    write("class/thermal/thermal_zone0/temp", "20000\n");
    SensorTrigger trigger{"thermal", "cpu-thermal"};
    trigger.every = 10ms;
    trigger.change = 0.3;
    arm(trigger);
    QVERIFY(waitForEvents(1));
    for (const char *slowly : {"20100", "20200"}) {
        replace("class/thermal/thermal_zone0/temp", slowly);
        letTimePass();
        QCOMPARE(events().size(), std::size_t(1));
    }
    replace("class/thermal/thermal_zone0/temp", "20300");
    QVERIFY(waitForEvents(2));
    replace("class/thermal/thermal_zone0/temp", "20000");
    QVERIFY(waitForEvents(3));
}

void TestSensors::thresholdsAreNotLostWhileTheFunctionRuns()
{
    makeLight();
    SensorTrigger trigger = light();
    trigger.below = 200;
    trigger.above = 220;
    hold(true);
    arm(trigger);
    QVERIFY(waitForEvents(1)); // it runs until it is let go
    setLight("100");
    letTimePass();
    setLight("300");
    letTimePass();
    QCOMPARE(events().size(), std::size_t(1));
    hold(false);
    QVERIFY(waitForEvents(3));
    QCOMPARE(events()[1]["condition"].get<std::string>(), std::string("below"));
    QCOMPARE(events()[2]["condition"].get<std::string>(), std::string("above"));
    QCOMPARE(state().overruns, std::uint64_t(0));
    QCOMPARE(state().events, std::uint64_t(3));
}

void TestSensors::samplesOfABusyFunctionAreOverruns()
{
    makeLight();
    hold(true);
    arm(light());
    QVERIFY(waitForEvents(1));
    QTRY_VERIFY(state().overruns >= 3);
    QCOMPARE(events().size(), std::size_t(1));
    hold(false);
    QVERIFY(waitForEvents(4));
    QCOMPARE(events()[3]["condition"].get<std::string>(), std::string("sample"));
}

void TestSensors::aFrozenFunctionHearsOfWhatHoldsThen()
{
    makeLight();
    SensorTrigger trigger = light();
    trigger.below = 200;
    arm(trigger);
    letTimePass();
    freeze(true);
    setLight("100");
    letTimePass();
    QVERIFY(events().empty());
    freeze(false);
    QVERIFY(waitForEvents(1));
}

void TestSensors::aMissingSensorIsExplained_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("isThereAnother");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *kind, bool another, const char *words) {
        QTest::addRow("%s %d", kind, int(another))
            << QString::fromLatin1(kind) << another << QString::fromUtf8(words);
    };
    row("iio", false, "dtoverlay=i2c-sensor,bh1750");
    row("iio", true, "there is no iio sensor \"none\"; there are illuminance of bh1750");
    row("hwmon", false, "there is no hwmon chip");
    row("hwmon", true, "there are temp1 (Core 0) of coretemp");
    row("thermal", false, "there is no thermal zone");
    row("thermal", true, "there are cpu-thermal of thermal_zone0");
    row("w1", false, "dtoverlay=w1-gpio");
    row("w1", true, "there are 28-0316a2791234");
}

void TestSensors::aMissingSensorIsExplained()
{
    QFETCH(QString, kind);
    QFETCH(bool, isThereAnother);
    QFETCH(QString, words);
    if (isThereAnother) {
        makeLight();
        write("class/hwmon/hwmon0/name", "coretemp\n");
        write("class/hwmon/hwmon0/temp1_input", "1\n");
        write("class/hwmon/hwmon0/temp1_label", "Core 0\n");
        write("class/thermal/thermal_zone0/type", "cpu-thermal\n");
        write("class/thermal/thermal_zone0/temp", "1\n");
        write("bus/w1/devices/28-0316a2791234/temperature", "1\n");
    }
    arm({kind.toStdString(), "none"});
    QVERIFY2(waitForTrouble(words), state().words.c_str());
    QVERIFY(changes() > 0);
}

void TestSensors::aSensorThatAppearsServes()
{
    arm(light());
    QVERIFY(waitForTrouble(QStringLiteral("there is no IIO device")));
    makeLight();
    QVERIFY(waitForEvents(1));
    QVERIFY(!state().failing);
}

void TestSensors::aSensorThatComesBackUnderAnotherNumberServes()
{
    makeLight();
    SensorTrigger trigger = light();
    trigger.change = 1;
    arm(trigger);
    QVERIFY(waitForEvents(1));
    rename("bus/iio/devices/iio:device0", "bus/iio/away");
    QVERIFY(waitForTrouble(QStringLiteral("there is no IIO device")));
    rename("bus/iio/away", "bus/iio/devices/iio:device1");
    replace("bus/iio/devices/iio:device1/in_illuminance_raw", "10");
    QVERIFY(waitForEvents(2));
    QVERIFY2(!state().failing, state().words.c_str());
}

void TestSensors::whatMayNotBeReadHasARemedy()
{
    makeLight();
    SensorFile sensor(light(), folder());
    QVERIFY_OK(sensor.read());
    const std::string file = folder() + "/bus/iio/devices/iio:device0/in_illuminance_raw";
    QCOMPARE(::chmod(file.c_str(), 0), 0);
    ::setfsuid(65'534); // root may read everything
    const Result<SensorValue> denied = sensor.read();
    ::setfsuid(::geteuid());
    QVERIFY(!denied);
    const QString words = QString::fromStdString(denied.error().detail);
    QVERIFY2(words.contains(QLatin1String("Permission denied; sudo chmod a+r")), qPrintable(words));
    QCOMPARE(::chmod(file.c_str(), 0644), 0);
    QVERIFY_OK(sensor.read());
}

void TestSensors::aFaultyOneWireBusIsTold()
{
    write("bus/w1/devices/28-0316a2791234/w1_slave",
          "ff ff ff ff ff ff ff ff ff : crc=c9 NO\nff ff ff ff ff ff ff ff ff t=-62\n");
    arm({"w1", "28-0316a2791234"});
    QVERIFY(waitForTrouble(QStringLiteral("the sensor or its wires are faulty")));
    QVERIFY(events().empty());
}

void TestSensors::aSlowSensorHoldsNobodyUp()
{
    // A pipe gives nothing until somebody writes, as a 1-wire sensor while it converts.
    const std::string file = folder() + "/bus/w1/devices/28-0316a2791234/temperature";
    write("bus/w1/devices/28-0316a2791234/id", "");
    QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
    SensorTrigger trigger{"w1", "28-*"};
    trigger.every = 10ms;
    arm(trigger);
    QElapsedTimer watch;
    watch.start();
    for (int i = 0; i < 20; ++i) {
        QTest::qWait(10);
        QVERIFY(!state().failing); // asked on the runtime's thread
    }
    QVERIFY2(watch.elapsed() < 5'000, QByteArray::number(watch.elapsed()).constData());
    QVERIFY(events().empty());
    {
        QFile writer(QString::fromStdString(file));
        QVERIFY(writer.open(QIODevice::WriteOnly) && writer.write("23125\n") > 0);
    }
    QVERIFY(waitForEvents(1));
    QCOMPARE(events()[0]["value"].get<double>(), 23.125);
    QVERIFY2(state().words.find("which takes") != std::string::npos, state().words.c_str());
    QCOMPARE(state().overruns, std::uint64_t(0));
}

void TestSensors::aSensorThatHangsIsLeft()
{
    const std::string file = folder() + "/bus/w1/devices/28-0316a2791234/temperature";
    write("bus/w1/devices/28-0316a2791234/id", "");
    QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
    arm({"w1", "28-*"});
    letTimePass();
    QElapsedTimer watch;
    watch.start();
    stop();
    QVERIFY(watch.elapsed() < 2'000);
    // The read comes to its end after its sensor has gone.
    QFile writer(QString::fromStdString(file));
    QVERIFY(writer.open(QIODevice::WriteOnly) && writer.write("23125\n") > 0);
    writer.close();
    letTimePass();
    QVERIFY(events().empty());
}

QTEST_GUILESS_MAIN(TestSensors)
#include "tst_sensors.moc"
