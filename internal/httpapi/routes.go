package httpapi

// routes registers every operation, a feature at a time.
func (a *API) routes() {
	a.sessionRoutes()
	a.peopleRoutes()
	a.resourceRoutes()
	a.definitionRoutes()
	a.questionRoutes()
	a.exportRoutes()
	a.summaryRoutes()
	a.treeRoutes()
	a.loadingRoutes()
	a.dataRoutes()
	a.syncRoutes()
	a.rollupRoutes()
	a.preparationRoutes()
	a.writeKeyRoutes()
	a.eventRoutes()
	a.secretRoutes()
	a.connectionRoutes()
	a.qualityRoutes()
	a.assetRoutes()
	a.identityRoutes()
	a.processRoutes()
}
