FLASK_APP=kiln:create_app
