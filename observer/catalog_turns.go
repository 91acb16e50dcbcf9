package observer

import "vlpd/metrics"

func histogram(name, help string) metrics.Family {
	return metrics.Family{Name: name, Help: help, Type: metrics.Histograms}
}

// turnFamilies are about the loop's turns.
var turnFamilies = []family{
	{histogram("varta_observer_iteration_seconds", "Duration of the loop's turns, without the wait for something to do."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return p.times.turns.Append(f.AppendHead(dst), f.Name, "", "")
		}},
	{counter("varta_observer_iteration_budget_exceeded_total", "Turns longer than --iteration-budget-ms."), whole, func(p *page) uint64 { return p.times.turnsOver }, nil},
	{histogram("varta_observer_serve_pending_seconds", "Time of a turn spent on scrapes."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return p.times.stages[stageServe].Append(f.AppendHead(dst), f.Name, "", "")
		}},
	{counter("varta_observer_scrape_budget_exceeded_total", "Turns that served scrapes for longer than --scrape-budget-ms."), whole, func(p *page) uint64 { return p.times.servesOver }, nil},
	{counter("varta_prom_connections_dropped_total", "Connections refused, by reason; drain cannot happen here."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return labelled(f, dst, "reason", metrics.RefusalNames[:], p.served.Refused[:]...)
		}},
}

// stageFamily has a histogram a stage: too much for one step.
var stageFamily = histogram("varta_observer_stage_seconds", "Duration of the parts of a turn; poll has no wait in it.")

func (p *page) stageRows(dst []byte, i int) []byte {
	return p.times.stages[i].Append(dst, stageFamily.Name, "stage", stageNames[i])
}
