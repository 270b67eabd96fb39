/// `GET /v1/models`
package enum ModelList {
    package static func output(_ service: InferenceService) -> JSONOutput {
        ["object": "list", "data": [model(service)]]
    }

    /// One model.
    package static func model(_ service: InferenceService) -> JSONOutput {
        let name = JSONOutput.string(service.modelName)
        let created = JSONOutput.integer(service.startTime)
        let permission: JSONOutput = [
            "id": .string("modelperm-" + service.modelName), "object": "model_permission", "created": created,
            "allow_create_engine": false, "allow_sampling": true, "allow_logprobs": true,
            "allow_search_indices": true, "allow_view": true, "allow_fine_tuning": false,
            "organization": "*", "group": nil, "is_blocking": false,
        ]
        return [
            "id": name, "object": "model", "created": created, "owned_by": "lmdeploy", "root": name,
            "parent": nil, "max_model_len": .integer(service.contextLength), "permission": [permission],
        ]
    }
}
