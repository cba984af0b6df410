#include "device-manager/ui/simulatedpipanel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QRadialGradient>
#include <QSlider>

namespace device {

/// A drawn board: sensor at the left, a hand's shadow over it when covered, lamp at the right.
class LampPicture final : public QWidget
{
public:
    explicit LampPicture(QWidget *parent) : QWidget(parent) { setFixedHeight(84); }

    WatchColors colors;
    bool lit = false;
    bool covered = false;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF board = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
        painter.setPen(QPen(colors.line, 1));
        painter.setBrush(colors.panel);
        painter.drawRoundedRect(board, 8, 8);
        drawSensor(painter, {board.left() + board.width() * 0.28, board.center().y() - 6});
        drawLamp(painter, {board.left() + board.width() * 0.72, board.center().y() - 6});
        painter.setPen(colors.quiet);
        QFont small = font();
        small.setPointSizeF(8.5);
        painter.setFont(small);
        const QRectF words = board.adjusted(0, 0, 0, -6);
        painter.drawText(words.adjusted(0, 0, -board.width() * 0.44, 0),
                         Qt::AlignHCenter | Qt::AlignBottom,
                         covered ? SimulatedPiPanel::tr("light sensor, covered")
                                 : SimulatedPiPanel::tr("light sensor"));
        painter.drawText(words.adjusted(board.width() * 0.44, 0, 0, 0),
                         Qt::AlignHCenter | Qt::AlignBottom,
                         lit ? SimulatedPiPanel::tr("lamp on") : SimulatedPiPanel::tr("lamp off"));
    }

private:
    void drawSensor(QPainter &painter, QPointF centre) const
    {
        painter.setPen(QPen(colors.quiet, 1.2));
        painter.setBrush(colors.surface);
        painter.drawRoundedRect(QRectF(centre.x() - 14, centre.y() - 14, 28, 28), 4, 4);
        painter.setBrush(covered ? colors.quiet : colors.accent);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(centre, 7, 7);
        if (!covered)
            return;
        QColor shadow = colors.text;
        shadow.setAlphaF(0.55F);
        painter.setBrush(shadow);
        painter.drawRoundedRect(QRectF(centre.x() - 26, centre.y() - 20, 52, 26), 12, 12);
    }

    void drawLamp(QPainter &painter, QPointF centre) const
    {
        const QColor light(0xFF, 0xC1, 0x2E);
        if (lit) {
            QRadialGradient glow(centre, 34);
            QColor inner = light;
            inner.setAlphaF(0.75F);
            QColor outer = light;
            outer.setAlphaF(0);
            glow.setColorAt(0, inner);
            glow.setColorAt(1, outer);
            painter.setPen(Qt::NoPen);
            painter.setBrush(glow);
            painter.drawEllipse(centre, 34, 34);
        }
        painter.setPen(QPen(lit ? light.darker(130) : colors.quiet, 1.2));
        painter.setBrush(lit ? light : colors.surface);
        painter.drawEllipse(centre, 12, 12);
    }
};

SimulatedPiPanel::SimulatedPiPanel(QWidget *parent)
    : QWidget(parent)
    , m_picture(new LampPicture(this))
    , m_cover(new QPushButton(tr("Cover the sensor"), this))
    , m_ambient(new QSlider(Qt::Horizontal, this))
    , m_lux(new QLabel(this))
{
    setAccessibleName(tr("Simulated Raspberry Pi"));
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    auto *title = new QLabel(tr("SIMULATED PI"), this);
    title->setProperty("role", QStringLiteral("head"));
    m_cover->setCheckable(true);
    m_cover->setToolTip(tr("Hold a hand over the light sensor"));
    m_ambient->setRange(0, 1000);
    m_ambient->setAccessibleName(tr("Light around the sensor in lux"));
    m_lux->setProperty("role", QStringLiteral("quiet"));
    m_lux->setMinimumWidth(56);
    m_lux->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto *light = new QLabel(tr("Light"), this);
    light->setProperty("role", QStringLiteral("quiet"));
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_cover);
    row->addWidget(light);
    row->addWidget(m_ambient, 1);
    row->addWidget(m_lux);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 12);
    column->setSpacing(8);
    column->addWidget(title);
    column->addWidget(m_picture);
    column->addLayout(row);
    connect(m_cover, &QPushButton::clicked, this, &SimulatedPiPanel::coverRequested);
    connect(m_ambient, &QSlider::valueChanged, this, [this](int lux) {
        m_lux->setText(tr("%1 lux").arg(lux));
        Q_EMIT ambientRequested(lux);
    });
}

void SimulatedPiPanel::setColors(const WatchColors &colors)
{
    m_picture->colors = colors;
    m_picture->update();
}

void SimulatedPiPanel::setLamp(bool on)
{
    m_picture->lit = on;
    m_picture->update();
    m_picture->setAccessibleName(on ? tr("Lamp on") : tr("Lamp off"));
}

void SimulatedPiPanel::setAmbient(double lux)
{
    const QSignalBlocker quiet(m_ambient);
    m_ambient->setValue(int(lux));
    m_lux->setText(tr("%1 lux").arg(int(lux)));
}

void SimulatedPiPanel::setCovered(bool covered)
{
    m_cover->setChecked(covered);
    m_cover->setText(covered ? tr("Uncover the sensor") : tr("Cover the sensor"));
    m_picture->covered = covered;
    m_picture->update();
}

} // namespace device
