#include "app/ide/timingbar.h"

#include "app/ide/invocationmodel.h"
#include "app/ide/theme.h"

#include <QPainter>
#include <QPainterPath>

namespace app {

TimingBar::TimingBar(QWidget *parent) : QWidget(parent)
{
    setFixedHeight(30);
    setAccessibleName(tr("Timing"));
}

void TimingBar::setTimes(double queuedMs, double initMs, double runMs)
{
    m_queued = queuedMs;
    m_init = initMs;
    m_run = runMs;
    setAccessibleDescription(
        tr("queue %1, start %2, run %3")
            .arg(durationText(m_queued), durationText(m_init), durationText(m_run)));
    update();
}

QSize TimingBar::sizeHint() const
{
    return {240, 30};
}

void TimingBar::paintEvent(QPaintEvent *)
{
    const Tokens &t = Theme::instance().tokens();
    const double total = qMax(0.001, m_queued + m_init + m_run);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(QRectF(0, 0, width(), 8), 4, 4);
    painter.setClipPath(outline);
    painter.fillRect(QRectF(0, 0, width(), 8), t.line);
    struct Part {
        QString name;
        double ms;
        QColor color;
    };
    const Part parts[] = {{tr("queue"), m_queued, t.disabled},
                          {tr("start"), m_init, t.series[1]},
                          {tr("run"), m_run, t.accent}};
    double x = 0;
    for (const Part &part : parts) {
        const double w = width() * part.ms / total;
        painter.fillRect(QRectF(x, 0, w, 8), part.color);
        x += w;
    }
    painter.setClipping(false);
    QFont font = this->font();
    font.setPointSizeF(font.pointSizeF() - 1);
    painter.setFont(font);
    x = 0;
    if (m_queued + m_init + m_run <= 0)
        return;
    for (const Part &part : parts) {
        if (part.ms < 0.005 && part.name != tr("run"))
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(part.color);
        painter.drawRoundedRect(QRectF(x, 17, 8, 8), 2, 2);
        painter.setPen(t.quiet);
        const QString text = part.name + QLatin1Char(' ') + durationText(part.ms);
        painter.drawText(QPointF(x + 12, 25), text);
        x += 12 + painter.fontMetrics().horizontalAdvance(text) + space::m;
    }
}

} // namespace app
