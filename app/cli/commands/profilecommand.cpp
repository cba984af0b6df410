#include "app/cli/commandlist.h"
#include "app/cli/runtimecommand.h"
#include "runtime-bridge/function/quantity.h"

#include <QSaveFile>

#include <nlohmann/json.hpp>

namespace app {

using nlohmann::json;
using runtime::Profile;
using runtime::ProfileLine;
using runtime::Result;

namespace {

constexpr std::size_t linesShown = 20;

struct ProfileOptions {
    std::string function, on, to;
    std::string duration = "10s";
};

/// The text that flame graphs are made of: a stack and its samples in each line.
std::string foldedText(const Profile &profile)
{
    std::string text;
    for (const auto &[stack, samples] : profile.stacks)
        text += stack + ' ' + std::to_string(samples) + '\n';
    return text;
}

/// Where the time of a function goes, while others invoke it.
class ProfileCommand final : public RuntimeCommand
{
public:
    ProfileCommand(Output &output, ProfileOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        const auto duration = runtime::durationFromText(m_options.duration);
        if (!duration || duration->count() < 1)
            return fail({runtime::ErrorCode::UsageInvalid, "edgewright profile",
                         "--for takes a duration such as 500ms, 10s or 5min, not \"" +
                             m_options.duration + '"'});
        m_duration = *duration;
        connectTo(m_options.on, "edgewright profile", "is a controller, which makes no profiles");
    }

private:
    void onReady(runtime::Client &client) override
    {
        output().note(QStringLiteral("Looking at %1 for %2.")
                          .arg(QString::fromStdString(m_options.function),
                               durationText(double(m_duration.count()))));
        client.profile(m_options.function, m_duration, stopToken())
            .then(this, [this](const Result<Profile> &profile) {
                if (!profile)
                    return fail(profile.error());
                if (!m_options.to.empty() && !write(foldedText(*profile)))
                    return;
                show(*profile);
                finish(Exit::Done);
            });
    }

    bool write(const std::string &text)
    {
        QSaveFile file(QString::fromStdString(m_options.to));
        if (file.open(QIODevice::WriteOnly) &&
            file.write(text.data(), qint64(text.size())) == qint64(text.size()) && file.commit())
            return true;
        fail({runtime::ErrorCode::FileUnwritable, m_options.to, file.errorString().toStdString()});
        return false;
    }

    void show(const Profile &profile)
    {
        const double all = double(runtime::samplesOf(profile));
        std::vector<ProfileLine> lines = runtime::linesOf(profile);
        if (profile.silent > 0)
            output().note(
                QStringLiteral("%1 workers did not tell in time; what they do is left out.")
                    .arg(profile.silent));
        if (output().isJson()) {
            json object = runtime::toJson(profile);
            object["samples"] = runtime::samplesOf(profile);
            object["lines"] = json::array();
            for (const ProfileLine &line : lines)
                object["lines"].push_back({{"place", line.place},
                                           {"function", line.function},
                                           {"samples", line.samples},
                                           {"share", double(line.samples) / all}});
            return output().json(object);
        }
        if (lines.size() > linesShown)
            lines.resize(linesShown);
        std::vector<QStringList> rows;
        for (const ProfileLine &line : lines)
            rows.push_back(
                {QString::number(100 * double(line.samples) / all, 'f', 1) + QLatin1Char('%'),
                 QString::number(line.samples), QString::fromStdString(line.place),
                 QString::fromStdString(line.function)});
        output().table({QStringLiteral("TIME"), QStringLiteral("SAMPLES"), QStringLiteral("LINE"),
                        QStringLiteral("IN")},
                       rows, QStringLiteral("Nothing of the function ran meanwhile."));
    }

    ProfileOptions m_options;
    std::chrono::milliseconds m_duration{};
};

} // namespace

void addProfileCommand(CommandList &list)
{
    const auto options = std::make_shared<ProfileOptions>();
    const CommandOptions command = list.add(
        "profile", "Where the time of a running function goes, line by line",
        "profile resize                      10 s of what its workers do meanwhile\n"
        "profile resize --for 1min --to out.folded   stacks for a flame graph\n"
        "profile resize --on porch-pi --json",
        [options](Output &output) { return std::make_unique<ProfileCommand>(output, *options); });
    command.addOption("FUNCTION", options->function, "Of Python or Node.js, served there")
        .required()
        .typeName("");
    command.addOption("--for", options->duration, "How long, such as 10s").typeName("TIME");
    command.addOption("--to", options->to, "Folded stacks, a line each: a;b;c 42").typeName("FILE");
    command.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
}

} // namespace app
