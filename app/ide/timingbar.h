#pragma once

#include <QWidget>

namespace app {

/// One bar with the parts of an invocation's time: waiting, starting, running.
class TimingBar final : public QWidget
{
    Q_OBJECT

public:
    explicit TimingBar(QWidget *parent = nullptr);

    void setTimes(double queuedMs, double initMs, double runMs);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    double m_queued = 0, m_init = 0, m_run = 0;
};

} // namespace app
