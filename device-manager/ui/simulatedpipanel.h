#pragma once

#include "device-manager/ui/watchcolors.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QSlider;

namespace device {

class LampPicture;

/// The things on the simulated Raspberry Pi's board: a light sensor that can be covered, the light
/// around it, and a lamp. Tells what the hand does; shows what it is told.
class SimulatedPiPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit SimulatedPiPanel(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setLamp(bool on);
    void setAmbient(double lux);
    void setCovered(bool covered);

Q_SIGNALS:
    void coverRequested(bool covered);
    void ambientRequested(double lux);

private:
    LampPicture *m_picture;
    QPushButton *m_cover;
    QSlider *m_ambient;
    QLabel *m_lux;
};

} // namespace device
