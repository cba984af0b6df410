#include "runtime-bridge/daemon/triggers/linesensor.h"
#include "tests/daemon/sensortest.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

/// What the kernel would say of the chips of a Raspberry Pi, and the other end of the line that was
/// asked for. No real chip: that takes the kernel's gpio-sim.
struct Board {
    std::atomic<int> line = -1; ///< Where the test writes edges.
    gpio_v2_line_request asked{};
    std::atomic<int> answer = 0; ///< errno of a request; 0: it is given.
} board;

std::string fileOf(int descriptor)
{
    char path[4096] = "";
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path - 1);
    const std::string whole(path, std::size_t(std::max<ssize_t>(size, 0)));
    return whole.substr(whole.rfind('/') + 1);
}

int boardControl(int descriptor, unsigned long request, void *data)
{
    const std::string chip = fileOf(descriptor);
    const bool isHeader = chip == "gpiochip4";
    if (request == GPIO_GET_CHIPINFO_IOCTL) {
        auto *info = static_cast<gpiochip_info *>(data);
        std::strcpy(info->name, chip.c_str());
        std::strcpy(info->label, isHeader ? "pinctrl-rp1" : "brcmvirt-gpio");
        info->lines = isHeader ? 54 : 2;
    } else if (request == GPIO_V2_GET_LINEINFO_IOCTL) {
        auto *info = static_cast<gpio_v2_line_info *>(data);
        if (isHeader)
            std::strcpy(info->name, ("GPIO" + std::to_string(info->offset)).c_str());
        if (isHeader && info->offset == 8)
            std::strcpy(info->consumer, "spi0 CS0");
    } else {
        auto *asked = static_cast<gpio_v2_line_request *>(data);
        board.asked = *asked;
        errno = asked->offsets[0] == 8 ? EBUSY : int(board.answer);
        int ends[2];
        if (errno != 0 || ::pipe(ends) != 0)
            return -1;
        asked->fd = ends[0];
        board.line = ends[1];
    }
    return 0;
}

} // namespace

/// Edges of GPIO lines, from a board that is the test's own.
class TestGpioLine : public tests::SensorTest
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aRequestSaysWhatIsWanted();
    void edgesAreEvents();
    void edgesThatTheKernelDroppedAreOverruns();
    void edgesOfABusyFunctionWait();
    void edgesBeyondThatAreOverruns();
    void aLineIsFoundByItsName();
    void troubleIsExplained_data();
    void troubleIsExplained();
    void permissionHasARemedy();
    void aLineThatGoesAndComesBackServes();

private:
    void arm(const SensorTrigger &trigger)
    {
        start([&](TriggerContext context) {
            return std::make_shared<LineSensor>(std::move(context), trigger,
                                                GpioSystem{folder(), boardControl});
        });
    }
    bool waitForLine()
    {
        return QTest::qWaitFor([] { return board.line >= 0; }, 30'000);
    }
    static void giveEdge(bool isRising, std::uint32_t number)
    {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        gpio_v2_line_event event{};
        event.timestamp_ns = std::uint64_t(now.tv_sec) * 1'000'000'000 + std::uint64_t(now.tv_nsec);
        event.id = isRising ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
        event.line_seqno = event.seqno = number;
        QCOMPARE(::write(board.line, &event, sizeof event), ssize_t(sizeof event));
    }
};

void TestGpioLine::init()
{
    begin();
    board.answer = 0;
    write("gpiochip0", "");
    write("gpiochip4", "");
}

void TestGpioLine::cleanup()
{
    end();
    if (const int line = board.line.exchange(-1); line >= 0)
        ::close(line);
}

void TestGpioLine::aRequestSaysWhatIsWanted()
{
    SensorTrigger trigger{"gpio", "17"};
    gpio_v2_line_request asked = gpioRequest(trigger, 17);
    QCOMPARE(asked.num_lines, 1u);
    QCOMPARE(asked.offsets[0], 17u);
    QCOMPARE(std::uint64_t(asked.config.flags),
             std::uint64_t(GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
                           GPIO_V2_LINE_FLAG_EDGE_FALLING));
    QCOMPARE(asked.config.num_attrs, 0u);
    trigger.edge = "falling";
    trigger.pull = "up";
    trigger.debounce = 5ms;
    asked = gpioRequest(trigger, 3);
    QCOMPARE(std::uint64_t(asked.config.flags),
             std::uint64_t(GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_FALLING |
                           GPIO_V2_LINE_FLAG_BIAS_PULL_UP));
    QCOMPARE(asked.config.num_attrs, 1u);
    QCOMPARE(std::uint64_t(asked.config.attrs[0].mask), std::uint64_t(1));
    QCOMPARE(asked.config.attrs[0].attr.debounce_period_us, 5'000u);
}

void TestGpioLine::edgesAreEvents()
{
    arm({"gpio", "17"});
    QVERIFY(waitForLine());
    QTRY_COMPARE(state().words, std::string("waits for edges of GPIO17 of gpiochip4"));
    QCOMPARE(board.asked.offsets[0], 17u);
    giveEdge(true, 1);
    giveEdge(false, 2);
    QVERIFY(waitForEvents(2));
    const json event = events()[0];
    const json told{event["kind"], event["channel"], event["device"], event["condition"],
                    event["value"]};
    QCOMPARE(told.dump(), std::string(R"(["gpio","GPIO17","gpiochip4","rising",1])"));
    QCOMPARE(events()[1]["condition"].get<std::string>(), std::string("falling"));
    QCOMPARE(events()[1]["value"].get<int>(), 0);
    QVERIFY(std::abs(QDateTime::currentMSecsSinceEpoch() - event["timestamp"].get<qint64>()) <
            60'000);
}

void TestGpioLine::edgesThatTheKernelDroppedAreOverruns()
{
    arm({"gpio", "17"});
    QVERIFY(waitForLine());
    giveEdge(true, 1);
    giveEdge(true, 5);
    QVERIFY(waitForEvents(2));
    QCOMPARE(state().overruns, std::uint64_t(3));
}

void TestGpioLine::edgesOfABusyFunctionWait()
{
    hold(true);
    arm({"gpio", "17"});
    QVERIFY(waitForLine());
    for (std::uint32_t number = 1; number <= 200; ++number)
        giveEdge(number % 2 == 1, number);
    QVERIFY(waitForEvents(1));
    hold(false);
    QVERIFY(waitForEvents(200));
    for (std::size_t i = 0; i < 200; ++i)
        QCOMPARE(events()[i]["value"].get<int>(), int(i % 2 == 0));
}

void TestGpioLine::edgesBeyondThatAreOverruns()
{
    hold(true);
    arm({"gpio", "17"});
    QVERIFY(waitForLine());
    for (std::uint32_t number = 1; number <= 1'100; ++number)
        giveEdge(true, number);
    // One runs and 1,000 wait.
    QTRY_COMPARE(state().overruns, std::uint64_t(99));
    hold(false);
    QVERIFY(waitForEvents(1'001));
    QTRY_COMPARE(state().events, std::uint64_t(1'001));
}

void TestGpioLine::aLineIsFoundByItsName()
{
    arm({"gpio", "GPIO22"});
    QVERIFY(waitForLine());
    QCOMPARE(board.asked.offsets[0], 22u);
}

void TestGpioLine::troubleIsExplained_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("device");
    QTest::addColumn<int>("answer");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *line, const char *device, int answer, const char *words) {
        QTest::newRow(words) << QString::fromLatin1(line) << QString::fromLatin1(device) << answer
                             << QString::fromLatin1(words);
    };
    row("8", "", 0, "gpiochip4 line 8 is in use by \"spi0 CS0\"");
    row("54", "", 0, "gpiochip4 has the lines 0 to 53");
    row("2", "gpiochip0", 0, "gpiochip0 has the lines 0 to 1");
    row("BUTTON", "", 0, "there is no GPIO line \"BUTTON\"");
    row("17", "pinctrl-bcm2711", 0, "there is no GPIO chip of \"pinctrl-bcm2711\"");
    row("17", "", EINVAL, "the kernel is older than 5.10");
}

void TestGpioLine::troubleIsExplained()
{
    QFETCH(QString, line);
    QFETCH(QString, device);
    QFETCH(int, answer);
    QFETCH(QString, words);
    board.answer = answer;
    arm({"gpio", line.toStdString(), device.toStdString()});
    QVERIFY2(waitForTrouble(words), state().words.c_str());
}

void TestGpioLine::permissionHasARemedy()
{
    for (const char *chip : {"/gpiochip0", "/gpiochip4"})
        QCOMPARE(::chmod((folder() + chip).c_str(), 0), 0);
    ::setfsuid(65'534); // root may open everything
    const Result<GpioLine> line = openGpioLine({"gpio", "17"}, {folder(), boardControl});
    ::setfsuid(::geteuid());
    QVERIFY(!line);
    QVERIFY2(line.error().detail.find("sudo usermod -aG gpio $USER") != std::string::npos,
             line.error().detail.c_str());
}

void TestGpioLine::aLineThatGoesAndComesBackServes()
{
    arm({"gpio", "17"});
    QVERIFY(waitForLine());
    rename("gpiochip4", "away");
    rename("gpiochip0", "away0");
    ::close(board.line.exchange(-1));
    QVERIFY(waitForTrouble(QStringLiteral("there is no GPIO chip in")));
    rename("away", "gpiochip4");
    QVERIFY(waitForLine());
    giveEdge(true, 1);
    QVERIFY(waitForEvents(1));
    QVERIFY(!state().failing);
}

QTEST_GUILESS_MAIN(TestGpioLine)
#include "tst_gpioline.moc"
