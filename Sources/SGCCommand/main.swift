print("sgc")
