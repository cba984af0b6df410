#include "device-manager/core/devicehealth.h"

#include "device-manager/core/devicelink.h"
#include "device-manager/core/sshsession.h"

namespace device {

using namespace std::chrono_literals;
using runtime::Result;

namespace {

constexpr std::chrono::milliseconds sampleInterval = 2s;
/// What is counted needs two samples: the second comes soon.
constexpr std::chrono::milliseconds secondSampleAfter = 500ms;
constexpr std::size_t samplesKept = 60;

} // namespace

DeviceHealth::DeviceHealth(const DeviceLink *link, QObject *parent) : QObject(parent), m_link(link)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &DeviceHealth::ask);
    connect(m_link, &DeviceLink::stateChanged, this, &DeviceHealth::update);
}

DeviceHealth::~DeviceHealth()
{
    m_stop.request_stop();
}

void DeviceHealth::setWatched(bool watched)
{
    if (std::exchange(m_watched, watched) != watched)
        update();
}

void DeviceHealth::update()
{
    m_timer.stop();
    m_before.reset(); // a mean over a time when nobody looked says little
    if (m_watched && m_link->session())
        ask();
}

void DeviceHealth::ask()
{
    SshSession *session = m_link->session();
    if (!m_watched || !session || std::exchange(m_asked, true))
        return;
    session->exec(healthScript(), {}, m_stop.get_token())
        .then(this, [this](const Result<ExecResult> &told) {
            m_asked = false;
            if (told && m_watched)
                take(told->output);
            if (m_watched && m_link->session()) // one that was lost is told by the link
                m_timer.start(m_history.size() == 1 ? secondSampleAfter : sampleInterval);
        });
}

void DeviceHealth::take(const QByteArray &output)
{
    HealthCounters counters = healthCountersFrom(output);
    m_history.push_back(healthOf(counters, m_before));
    m_before = std::move(counters);
    if (m_history.size() > samplesKept)
        m_history.pop_front();
    Q_EMIT sampled();
}

} // namespace device
