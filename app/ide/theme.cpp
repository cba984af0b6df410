#include "app/ide/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPainter>
#include <QPalette>
#include <QRegularExpression>
#include <QStyle>
#include <QStyleFactory>
#include <QSvgRenderer>

namespace app {

namespace {

Theme *theInstance = nullptr;

bool systemIsDark()
{
    const QPalette system = QApplication::style()->standardPalette();
    const QPalette shown = QGuiApplication::palette();
    Q_UNUSED(system)
    return shown.color(QPalette::Window).lightness() < 110;
}

QPalette paletteFrom(const Tokens &t)
{
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, const QColor &color, const QColor &disabled) {
        palette.setColor(QPalette::Active, role, color);
        palette.setColor(QPalette::Inactive, role, color);
        palette.setColor(QPalette::Disabled, role, disabled);
    };
    set(QPalette::Window, t.panel, t.panel);
    set(QPalette::Base, t.surface, t.panel);
    set(QPalette::AlternateBase, t.panel, t.panel);
    set(QPalette::Button, t.raised, t.panel);
    set(QPalette::ToolTipBase, t.raised, t.raised);
    set(QPalette::WindowText, t.text, t.disabled);
    set(QPalette::Text, t.text, t.disabled);
    set(QPalette::ButtonText, t.text, t.disabled);
    set(QPalette::ToolTipText, t.text, t.disabled);
    set(QPalette::PlaceholderText, t.quiet, t.disabled);
    set(QPalette::Highlight, t.selection, t.line);
    set(QPalette::HighlightedText, t.text, t.disabled);
    set(QPalette::Link, t.accent, t.disabled);
    set(QPalette::BrightText, t.bad, t.disabled);
    set(QPalette::Light, t.raised, t.raised);
    set(QPalette::Midlight, t.line, t.line);
    set(QPalette::Mid, t.line, t.line);
    set(QPalette::Dark, t.line, t.line);
    set(QPalette::Shadow, t.line, t.line);
    return palette;
}

/// Where Debian's breeze-icon-theme lies, and where a bundled copy may.
QString iconFile(const QString &name)
{
    for (const char *root : {"/usr/share/icons/breeze/", "/usr/local/share/icons/breeze/"})
        for (const char *folder :
             {"actions/22/", "actions/16/", "devices/22/", "places/22/", "status/22/",
              "actions/24/", "devices/16/", "apps/22/", "preferences/22/", "status/16/"}) {
            const QString path =
                QLatin1String(root) + QLatin1String(folder) + name + QStringLiteral(".svg");
            if (QFile::exists(path))
                return path;
        }
    return {};
}

QPixmap tinted(const QString &file, int size, qreal ratio, const QColor &color)
{
    QPixmap pixmap(QSize(size, size) * ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    QSvgRenderer(file).render(&painter, QRectF(0, 0, size * ratio, size * ratio));
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(pixmap.rect(), color);
    painter.end();
    pixmap.setDevicePixelRatio(ratio);
    return pixmap;
}

} // namespace

Theme::Theme(QObject *parent) : QObject(parent), m_tokens(&lightTokens())
{
    Q_ASSERT(!theInstance);
    theInstance = this;
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    applyFont();
}

Theme::~Theme()
{
    theInstance = nullptr;
}

Theme &Theme::instance()
{
    Q_ASSERT(theInstance);
    return *theInstance;
}

void Theme::apply(ThemeChoice choice)
{
    m_choice = choice;
    const bool dark =
        choice == ThemeChoice::Dark || (choice == ThemeChoice::System && systemIsDark());
    m_tokens = dark ? &darkTokens() : &lightTokens();
    QApplication::setPalette(paletteFrom(*m_tokens));
    qApp->setStyleSheet(styleSheet());
    Q_EMIT changed();
}

device::WatchColors Theme::watchColors() const
{
    const Tokens &t = *m_tokens;
    return {t.surface, t.panel, t.line, t.text, t.quiet, t.accent, t.warn, t.bad, t.series};
}

void Theme::applyFont()
{
    // Where no desktop says which font it wants, Qt falls back to a wide one made for old screens.
    QFont font = QApplication::font();
    const QString family = QFontInfo(font).family();
    if (family == QLatin1String("DejaVu Sans") || family.isEmpty())
        for (const QString &better :
             {QStringLiteral("Inter"), QStringLiteral("Noto Sans"), QStringLiteral("Cantarell")})
            if (QFontDatabase::hasFamily(better)) {
                font.setFamily(better);
                break;
            }
    font.setPointSizeF(10);
    QApplication::setFont(font);
}

QFont Theme::codeFont() const
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    for (const QString &family : {QStringLiteral("JetBrains Mono"), QStringLiteral("Cascadia Mono"),
                                  QStringLiteral("Cascadia Code")})
        if (QFontDatabase::hasFamily(family)) {
            font = QFont(family);
            break;
        }
    font.setPointSizeF(10.5);
    font.setStyleHint(QFont::Monospace);
    return font;
}

QFont Theme::numberFont() const
{
    // Qt 6.4 cannot ask a font for its tabular digits; the code font's are equal by nature.
    QFont font = codeFont();
    font.setPointSizeF(QApplication::font().pointSizeF() - 0.5);
    return font;
}

QIcon Theme::icon(const QString &name, QColor tint) const
{
    const QString file = iconFile(name);
    if (file.isEmpty())
        return {};
    if (!tint.isValid())
        tint = m_tokens->text;
    QIcon icon;
    for (const int size : {16, 20})
        for (const qreal ratio : {1.0, 2.0}) {
            icon.addPixmap(tinted(file, size, ratio, tint), QIcon::Normal);
            icon.addPixmap(tinted(file, size, ratio, m_tokens->disabled), QIcon::Disabled);
        }
    return icon;
}

QIcon Theme::letter(QChar letter, QColor tint) const
{
    QIcon icon;
    QFont font(QStringLiteral("DejaVu Serif"));
    font.setItalic(true);
    font.setBold(true);
    font.setPixelSize(15);
    for (const qreal ratio : {1.0, 2.0}) {
        QPixmap pixmap(QSize(16, 16) * ratio);
        pixmap.fill(Qt::transparent);
        pixmap.setDevicePixelRatio(ratio);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::TextAntialiasing);
        painter.setFont(font);
        painter.setPen(tint);
        painter.drawText(QRectF(0, -1, 16, 16), Qt::AlignCenter, QString(letter));
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

QIcon Theme::mark(Mark mark, QColor tint) const
{
    constexpr int size = 16;
    QIcon icon;
    for (const qreal ratio : {1.0, 2.0}) {
        QPixmap pixmap(QSize(size, size) * ratio);
        pixmap.fill(Qt::transparent);
        pixmap.setDevicePixelRatio(ratio);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF round(4, 4, 8, 8);
        painter.setPen(QPen(tint, 1.5));
        switch (mark) {
        case Mark::On:
            painter.setBrush(tint);
            painter.drawEllipse(round);
            break;
        case Mark::Half:
            painter.drawEllipse(round);
            painter.setBrush(tint);
            painter.drawPie(round, 90 * 16, 180 * 16);
            break;
        case Mark::Off: painter.drawEllipse(round); break;
        case Mark::Attention:
            painter.setBrush(tint);
            painter.drawPolygon(QPolygonF{{8, 3.5}, {12.5, 12}, {3.5, 12}});
            break;
        }
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

QString Theme::styleSheet() const
{
    QFile file(QStringLiteral(":/themes/window.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const Tokens &t = *m_tokens;
    const auto mix = [](const QColor &a, const QColor &b, double part) {
        return QColor::fromRgbF(float(a.redF() * (1 - part) + b.redF() * part),
                                float(a.greenF() * (1 - part) + b.greenF() * part),
                                float(a.blueF() * (1 - part) + b.blueF() * part));
    };
    const std::pair<const char *, QColor> names[] = {
        {"@surface", t.surface},
        {"@panel", t.panel},
        {"@raised", t.raised},
        {"@line", t.line},
        {"@text", t.text},
        {"@quiet", t.quiet},
        {"@disabled", t.disabled},
        {"@accent-hover", mix(t.accent, t.text, 0.15)},
        {"@accent", t.accent},
        {"@on-accent", t.onAccent},
        {"@selection", t.selection},
        {"@hover", mix(t.panel, t.text, 0.07)},
        {"@pressed", mix(t.panel, t.text, 0.14)},
        {"@good", t.good},
        {"@warn", t.warn},
        {"@bad", t.bad},
        {"@info", t.info},
    };
    sheet.replace(QStringLiteral("@chevron"), t.dark ? QStringLiteral(":/icons/chevron-dark.svg")
                                                     : QStringLiteral(":/icons/chevron-light.svg"));
    for (const auto &[name, color] : names)
        sheet.replace(QRegularExpression(QLatin1String(name) + QStringLiteral("(?![a-z-])")),
                      color.name());
    return sheet;
}

} // namespace app
