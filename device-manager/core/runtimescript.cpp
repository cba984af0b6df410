#include "device-manager/core/runtimescript.h"

#include "device-manager/core/sshsession.h"

namespace device {

namespace {

const QLatin1String programPath(".local/share/edgewright/edgewrightd");

// What tells whether the runtime starts with the device. Needs nothing that is set elsewhere.
constexpr const char *boot = R"sh(
program=$HOME/.local/share/edgewright/edgewrightd
service=edgewright.service
units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
# A login by SSH may lack what leads to the user's service manager.
[ -n "$XDG_RUNTIME_DIR" ] || export XDG_RUNTIME_DIR="/run/user/$(id -u)"
has_manager() { [ -S "$XDG_RUNTIME_DIR/systemd/private" ] && systemctl --user show-environment; } >/dev/null 2>&1
lingers() { [ -e "/var/lib/systemd/linger/$(id -un)" ]; }
has_cron() { crontab -l 2>/dev/null | grep -qF "$program"; }
tell_boot() {
    if [ -e "$units/default.target.wants/$service" ]; then
        lingers && echo boot=systemd || echo boot=login
    elif has_cron; then
        echo boot=cron
    else
        echo boot=
    fi
}
)sh";

constexpr const char *tasks = R"sh(
trap '' HUP PIPE
place=${program%/*}

# Makes a folder, and notes those that were not there: they go again with the runtime.
make() {
    [ -d "$1" ] || { make "${1%/*}" && mkdir "$1" && made="$made$1
"; }
}

prepare() {
    made=
    make "$place" && make "$folder" || exit 1
    has_manager && make "$units/default.target.wants"
    [ -z "$made" ] || printf '%s' "$made" >>"$place/made"
}

# Comes back once the runtime accepts.
start() {
    if [ -e "$units/$service" ] && has_manager; then
        systemctl --user start "$service" 2>/dev/null
    else
        "$program" serve --detach --keep --folder "$folder" </dev/null 2>/dev/null
    fi && return
    tail -n 3 "$folder/runtime.log" >&2
    return 1
}

# By the user's service manager, which must outlive his logins for that, else by cron.
start_at_boot() {
    if has_manager; then
        cat >"$units/$service" && systemctl --user daemon-reload &&
            systemctl --user enable "$service"
        lingers || { loginctl --no-ask-password enable-linger && : >"$place/linger"; }
    elif command -v crontab && ! has_cron; then
        { crontab -l; printf '%s\n' "$cronline"; } | crontab -
    fi >/dev/null 2>&1
}

replace() {
    if ! why=$("$program.new" check 2>&1); then
        rm -f "$program.new"
        printf '%s\n' "$why" >&2
        exit 10
    fi
    if [ -e "$program" ]; then
        ln -f "$program" "$program.old" 2>/dev/null || cp -p "$program" "$program.old"
    fi
    mv -f "$program.new" "$program" || exit 1
    start_at_boot
    "$program" stop --within 400 --folder "$folder"
    if start; then
        rm -f "$program.old"
        return
    fi
    has_manager && systemctl --user stop "$service" 2>/dev/null
    "$program" stop --within 0 --folder "$folder"
    [ -e "$program.old" ] && mv -f "$program.old" "$program" && start && exit 11
    exit 1
}

remove() {
    has_manager && systemctl --user disable --now "$service" >/dev/null 2>&1
    [ ! -x "$program" ] || "$program" stop --within 2000 --folder "$folder" || exit 1
    rm -f "$units/$service"
    has_manager && { systemctl --user daemon-reload; systemctl --user reset-failed "$service"; } 2>/dev/null
    [ -e "$place/linger" ] && loginctl --no-ask-password disable-linger
    if has_cron; then
        others=$(crontab -l | grep -vF "$program")
        if [ -n "$others" ]; then printf '%s\n' "$others" | crontab -; else crontab -r; fi
    fi
    made=$(sort -r "$place/made" 2>/dev/null)
    chmod -R u+rwX "$folder" 2>/dev/null
    rm -rf "$folder" "$place" || exit 1
    rmdir "${folder%/*}" 2>/dev/null
    printf '%s\n' "$made" | while IFS= read -r one; do
        [ -n "$one" ] && rmdir "$one" 2>/dev/null
    done
    return 0
}
)sh";

const char *wordsFor(RuntimeTask task)
{
    switch (task) {
    case RuntimeTask::Prepare: return "prepare\n";
    case RuntimeTask::Replace: return "replace\ntell_boot\n";
    case RuntimeTask::Start: return "start || exit 1\ntell_boot\n";
    case RuntimeTask::Remove: return "remove\n";
    }
    return "exit 1\n";
}

QString runtimeFolderOf(const DeviceFacts &facts)
{
    return facts.stateFolder + QStringLiteral("/runtime");
}

/// A word of a unit's command line: systemd.service(5), "Command lines".
QString unitQuoted(QString text)
{
    text.replace(u'\\', QStringLiteral("\\\\"));
    text.replace(u'"', QStringLiteral("\\\""));
    text.replace(u'%', QStringLiteral("%%"));
    text.replace(u'$', QStringLiteral("$$"));
    return u'"' + text + u'"';
}

} // namespace

QString installedProgram()
{
    return programPath;
}

QString bootScript()
{
    return QString::fromLatin1(boot);
}

QString runtimeScript(RuntimeTask task, const DeviceFacts &facts)
{
    const QString folder = shellQuoted(runtimeFolderOf(facts));
    QString cronLine = QStringLiteral("@reboot %1 serve --detach --keep --folder %2")
                           .arg(shellQuoted(facts.home + u'/' + programPath), folder);
    cronLine.replace(u'%', QStringLiteral("\\%")); // ends the command in a crontab
    return bootScript() + QStringLiteral("folder=") + folder + QStringLiteral("\ncronline=") +
           shellQuoted(cronLine) + QString::fromLatin1(tasks) + QString::fromLatin1(wordsFor(task));
}

QByteArray runtimeUnit(const DeviceFacts &facts)
{
    // A worker that the kernel ends for its memory must not take the others with it: OOMPolicy. The
    // runtime itself lets its workers finish: KillMode. systemd takes only plain letters in the
    // name of a program, but any in its arguments: env.
    return QStringLiteral("[Unit]\n"
                          "Description=Edgewright runtime: runs functions\n"
                          "StartLimitIntervalSec=0\n"
                          "\n"
                          "[Service]\n"
                          "Type=notify\n"
                          "ExecStart=/usr/bin/env %1 serve --log --folder %2\n"
                          "Restart=on-failure\n"
                          "RestartSec=2\n"
                          "KillMode=mixed\n"
                          "OOMPolicy=continue\n"
                          "TimeoutStartSec=60\n"
                          "TimeoutStopSec=20\n"
                          "\n"
                          "[Install]\n"
                          "WantedBy=default.target\n")
        .arg(unitQuoted(facts.home + u'/' + programPath), unitQuoted(runtimeFolderOf(facts)))
        .toUtf8();
}

} // namespace device
