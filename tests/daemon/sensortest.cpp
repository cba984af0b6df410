#include "tests/daemon/sensortest.h"

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>

#include <cstdio>

namespace tests {

using namespace runtime;
using namespace std::chrono_literals;
using nlohmann::json;

void SensorTest::begin()
{
    m_folder = std::make_unique<QTemporaryDir>();
    // Others may look into it: what they may not read are single files.
    QCOMPARE(::chmod(folder().c_str(), 0755), 0);
    m_thread = std::make_unique<ContextThread>();
    m_events.clear();
    m_isHeld = false;
    m_changes = 0;
}

void SensorTest::end()
{
    m_isHeld = false;
    stop();
    m_thread.reset();
}

void SensorTest::start(const Create &create)
{
    TriggerContext context{
        {m_thread->context, folder(), nullptr, nullptr}, "f", "openfaas", {}, 1, {}, {}};
    context.invoke = [this](const InvokeRequest &request, boost::asio::yield_context yield) {
        {
            const std::lock_guard lock(m_mutex);
            m_events.push_back(request.event);
        }
        while (m_isHeld) {
            boost::asio::steady_timer pause(m_thread->context, 5ms);
            boost::system::error_code error;
            pause.async_wait(yield[error]);
        }
        return Invocation();
    };
    context.changed = [this] { ++m_changes; };
    m_source = m_thread->call([&] {
        const std::shared_ptr<TriggerSource> source = create(context);
        source->start();
        return source;
    });
}

void SensorTest::stop()
{
    if (m_source)
        m_thread->call([this] { std::exchange(m_source, nullptr)->stop(); });
}

void SensorTest::freeze(bool frozen)
{
    m_thread->call([this, frozen] { m_source->setFrozen(frozen); });
}

void SensorTest::write(const char *file, const QByteArray &text)
{
    const QString path = m_folder->filePath(QString::fromUtf8(file));
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile writer(path);
    QVERIFY(writer.open(QIODevice::WriteOnly) && writer.write(text) == text.size());
}

void SensorTest::replace(const char *file, const QByteArray &text)
{
    write("staged", text);
    rename("staged", file);
}

void SensorTest::rename(const char *from, const char *to)
{
    QCOMPARE(std::rename((folder() + '/' + from).c_str(), (folder() + '/' + to).c_str()), 0);
}

std::vector<json> SensorTest::events()
{
    const std::lock_guard lock(m_mutex);
    std::vector<json> all;
    for (const std::string &event : m_events)
        all.push_back(json::parse(event));
    return all;
}

bool SensorTest::waitForEvents(std::size_t count)
{
    return QTest::qWaitFor([&] { return events().size() >= count; }, 30'000);
}

TriggerState SensorTest::state()
{
    return m_source ? m_thread->call([this] { return m_source->state(); }) : TriggerState();
}

bool SensorTest::waitForTrouble(const QString &part)
{
    return QTest::qWaitFor(
        [&] {
            const TriggerState now = state();
            return now.failing && QString::fromStdString(now.words).contains(part);
        },
        30'000);
}

} // namespace tests
