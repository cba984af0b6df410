#include "runtime-bridge/daemon/triggers/gpioline.h"

#include "runtime-bridge/daemon/log.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>

namespace runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t edgesKept = 256; ///< By the kernel, until they are read.

struct Chip {
    Descriptor device;
    gpiochip_info info{};
};

int systemControl(int descriptor, unsigned long request, void *data)
{
    return ::ioctl(descriptor, request, data);
}

/// One search for a line, among all chips.
class LineSearch
{
public:
    LineSearch(const SensorTrigger &trigger, const GpioSystem &system)
        : m_trigger(trigger)
        , m_folder(system.folder)
        , m_control(system.control ? system.control : systemControl)
    {
        const std::string &text = trigger.channel;
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size())
            m_number = number;
    }

    Result<GpioLine> open()
    {
        findChips();
        if (m_chips.empty())
            return failed(m_trouble.empty()
                              ? "there is no GPIO chip" + ofDevice() + " in " + m_folder.string()
                              : m_trouble);
        if (m_number) {
            // The header of a Raspberry Pi is a "pinctrl-…"; its other chips have other things.
            const auto header = std::ranges::find_if(m_chips, [](const Chip &chip) {
                return std::string_view(chip.info.label).starts_with("pinctrl-");
            });
            Chip &chip = header == m_chips.end() ? m_chips.front() : *header;
            return *m_number < chip.info.lines
                       ? request(chip, *m_number)
                       : failed(std::string(chip.info.name) + " has the lines 0 to " +
                                std::to_string(chip.info.lines - 1));
        }
        for (Chip &chip : m_chips)
            for (std::uint32_t line = 0; line < chip.info.lines; ++line)
                if (m_trigger.channel == infoOf(chip, line).name)
                    return request(chip, line);
        return failed("there is no GPIO line \"" + m_trigger.channel + '"' + ofDevice() +
                      "; give its name as gpioinfo tells it, or its number");
    }

private:
    void findChips()
    {
        std::vector<std::string> names;
        std::error_code error;
        for (fs::directory_iterator it(m_folder, error), end; !error && it != end;
             it.increment(error))
            if (std::string name = it->path().filename().string(); name.starts_with("gpiochip"))
                names.push_back(std::move(name));
        std::ranges::sort(names);
        for (const std::string &name : names) {
            const std::string path = (m_folder / name).string();
            Chip chip{Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC)), {}};
            if (!chip.device.isOpen() && (errno == EACCES || errno == EPERM))
                m_trouble = path + ": permission denied; sudo usermod -aG gpio $USER as the user "
                                   "of the runtime, then start the device again";
            else if (!chip.device.isOpen() ||
                     m_control(chip.device.get(), GPIO_GET_CHIPINFO_IOCTL, &chip.info) < 0)
                m_trouble = path + ": " + std::strerror(errno);
            else if (m_trigger.device.empty() || m_trigger.device == chip.info.name ||
                     m_trigger.device == chip.info.label)
                m_chips.push_back(std::move(chip));
        }
    }

    gpio_v2_line_info infoOf(const Chip &chip, std::uint32_t line)
    {
        gpio_v2_line_info info{};
        info.offset = line;
        (void)m_control(chip.device.get(), GPIO_V2_GET_LINEINFO_IOCTL, &info);
        return info;
    }

    Result<GpioLine> request(const Chip &chip, std::uint32_t line)
    {
        gpio_v2_line_request asked = gpioRequest(m_trigger, line);
        const gpio_v2_line_info info = infoOf(chip, line);
        const std::string what = std::string(chip.info.name) + " line " + std::to_string(line);
        if (m_control(chip.device.get(), GPIO_V2_GET_LINE_IOCTL, &asked) < 0) {
            const int error = errno;
            if (error == EBUSY)
                return failed(what + " is in use" +
                              (*info.consumer ? " by \"" + std::string(info.consumer) + '"' : ""));
            if (error == ENOTTY || error == EINVAL)
                return failed(what + " tells no such edges, or the kernel is older than 5.10");
            return failed(what + ": " + std::strerror(error));
        }
        Descriptor events(asked.fd);
        ::fcntl(events.get(), F_SETFL, ::fcntl(events.get(), F_GETFL) | O_NONBLOCK);
        ::fcntl(events.get(), F_SETFD, FD_CLOEXEC);
        return GpioLine{std::move(events), chip.info.name,
                        *info.name ? std::string(info.name) : std::to_string(line)};
    }

    [[nodiscard]] std::string ofDevice() const
    {
        return m_trigger.device.empty() ? "" : " of \"" + m_trigger.device + '"';
    }

    [[nodiscard]] Result<GpioLine> failed(std::string words) const
    {
        return failure(ErrorCode::FileUnreadable, m_trigger.channel, std::move(words));
    }

    const SensorTrigger &m_trigger;
    fs::path m_folder;
    int (*m_control)(int, unsigned long, void *);
    std::optional<std::uint32_t> m_number; ///< Of the line, where it is no name.
    std::vector<Chip> m_chips;
    std::string m_trouble;
};

} // namespace

Result<GpioLine> openGpioLine(const SensorTrigger &trigger, const GpioSystem &system)
{
    return LineSearch(trigger, system).open();
}

gpio_v2_line_request gpioRequest(const SensorTrigger &trigger, std::uint32_t line)
{
    gpio_v2_line_request asked{};
    asked.offsets[0] = line;
    asked.num_lines = 1;
    asked.event_buffer_size = edgesKept;
    std::strcpy(asked.consumer, "edgewright");
    asked.config.flags = GPIO_V2_LINE_FLAG_INPUT;
    if (trigger.edge != "falling")
        asked.config.flags |= GPIO_V2_LINE_FLAG_EDGE_RISING;
    if (trigger.edge != "rising")
        asked.config.flags |= GPIO_V2_LINE_FLAG_EDGE_FALLING;
    if (trigger.pull == "up")
        asked.config.flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
    else if (trigger.pull == "down")
        asked.config.flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
    if (trigger.debounce.count() > 0) {
        asked.config.num_attrs = 1;
        asked.config.attrs[0].mask = 1;
        asked.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
        asked.config.attrs[0].attr.debounce_period_us =
            std::uint32_t(std::chrono::microseconds(trigger.debounce).count());
    }
    return asked;
}

Result<std::vector<GpioEdge>> readGpioEdges(int descriptor, std::uint32_t &last)
{
    std::array<gpio_v2_line_event, 32> events;
    const ssize_t size = ::read(descriptor, events.data(), sizeof events);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return std::vector<GpioEdge>();
    if (size < ssize_t(sizeof events[0]))
        return failure(ErrorCode::FileUnreadable, "gpio",
                       size < 0 ? std::strerror(errno) : "the line has gone");
    timespec monotonic{};
    ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
    const std::int64_t ahead = // of the kernel's stamps, which are monotonic
        nowUs() - (monotonic.tv_sec * std::int64_t(1'000'000) + monotonic.tv_nsec / 1'000);
    std::vector<GpioEdge> edges;
    for (std::size_t i = 0; i < std::size_t(size) / sizeof events[0]; ++i) {
        const gpio_v2_line_event &event = events[i];
        edges.push_back({event.id == GPIO_V2_LINE_EVENT_RISING_EDGE,
                         std::int64_t(event.timestamp_ns / 1'000) + ahead,
                         event.line_seqno - last - 1});
        last = event.line_seqno;
    }
    return edges;
}

} // namespace runtime
