package app

import "lodestar/internal/httpapi"

// figures are what the queue in front of the warehouse counts.
func (a *App) figures() []httpapi.Figure {
	s := a.gate.Stats()
	running, waiting := a.syncs.Figures()
	return []httpapi.Figure{
		{Name: "lodestar_queue_places", Help: "Statements that may run at once.", Value: float64(s.Places)},
		{Name: "lodestar_queue_running", Help: "Statements that run now.", Value: float64(s.Running)},
		{Name: "lodestar_queue_streams", Help: "Statements whose rows go to a reader now.", Value: float64(s.Streams)},
		{Name: "lodestar_queue_waiting", Help: "Statements in line now.", Value: float64(s.Waiting)},
		{Name: "lodestar_queue_started_total", Help: "Statements that were let in.", Value: float64(s.Started), Counter: true},
		{Name: "lodestar_queue_refused_total", Help: "Statements that found the line full.", Value: float64(s.Refused), Counter: true},
		{Name: "lodestar_queue_impatient_total", Help: "Statements whose place did not come in time.", Value: float64(s.Impatient), Counter: true},
		{Name: "lodestar_queue_canceled_total", Help: "Statements given up in line or while running.", Value: float64(s.Canceled), Counter: true},
		{Name: "lodestar_queue_timed_out_total", Help: "Statements stopped because they ran too long.", Value: float64(s.TimedOut), Counter: true},
		{Name: "lodestar_queue_wait_seconds_total", Help: "Time spent in line, in seconds.", Value: s.WaitSeconds, Counter: true},
		{Name: "lodestar_queue_run_seconds_total", Help: "Time that places were taken, in seconds.", Value: s.RunSeconds, Counter: true},
		{Name: "lodestar_syncs_running", Help: "Syncs that run now.", Value: float64(running)},
		{Name: "lodestar_syncs_waiting", Help: "Syncs that wait for their turn or for the next attempt.", Value: float64(waiting)},
	}
}
