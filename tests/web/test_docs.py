"""The API's description: complete, and readable without scripts."""

from flask.testing import FlaskClient

from booking.web.policy import policy_of


def test_the_document_is_openapi_3_1(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    assert set(document["components"]["securitySchemes"]) == {"api_key", "manage_token"}
    assert document["paths"]["/api/v1/me"]["get"]["security"] == [{"api_key": []}]


def test_every_operation_tells_its_errors_in_one_shape(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()

    for path in document["paths"].values():
        for method, operation in path.items():
            if method != "parameters":
                content = operation["responses"]["default"]["content"]
                assert list(content) == ["application/problem+json"]


def test_every_route_of_the_api_is_described_with_its_policy(client: FlaskClient) -> None:
    app = client.application
    document = client.get("/api/v1/openapi.json").get_json()

    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "docs.openapi_json":
            path = rule.rule.replace("<id:", "{").replace("<", "{").replace(">", "}")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                policy = policy_of(app.view_functions[rule.endpoint], method)
                assert policy is not None
                described = document["paths"][path][method.lower()].get("security", [])
                assert tuple(name for each in described for name in each) == policy.schemes


def test_the_page_shows_every_operation_without_scripts(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "<script" not in page.text
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page.text


def test_every_code_has_a_place_on_the_page(client: FlaskClient) -> None:
    page = client.get("/api/docs").text

    for code in ("validation", "slot_unavailable", "idempotency_conflict", "reconnect_required"):
        assert f'id="error-{code}"' in page


def test_an_errors_type_leads_to_the_page(client: FlaskClient) -> None:
    problem = client.get("/api/v1/me").get_json(force=True)

    assert problem["type"] == "/api/docs#error-unauthorized"
    assert 'id="error-unauthorized"' in client.get("/api/docs").text
